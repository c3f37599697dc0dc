/// <reference lib="esnext.disposable" />
import type { Endpoints } from "../environment.js";
import type { Process } from "../generated/contract.js";
import type { CompleteSetupInput, IdentificationResult, JournalEntry, JournalFilter, SandboxSignerInput, SignDecision } from "../generated/control.js";
import type { Credentials } from "../client.js";
import { SandboxClock } from "./clock.js";
import { type ProcessReference } from "./control.js";
import type { SandboxFetch } from "./fetch.js";
import { SandboxFaultRules } from "./faults.js";
import { SandboxOutbox } from "./outbox.js";
/** Filter of recorded requests. */
export interface JournalQuery extends Omit<JournalFilter, "processId" | "wait"> {
    process?: ProcessReference | undefined;
}
/** Credentials of a client of the sandbox. */
export interface SandboxCredentials extends Credentials {
    clientId: string;
    clientSecret: string;
}
/** A sandbox: the platform, with methods for tests. */
export declare class Sandbox {
    #private;
    /** Origin of the sandbox. */
    readonly url: string;
    /** Option `environment` of `createClient`. */
    readonly environment: Endpoints;
    /** Credentials of a client with every scope. */
    readonly credentials: SandboxCredentials;
    /**
     * `fetch` for the URLs of the sandbox; rejects with a `TypeError` for other origins. It follows
     * redirects, or returns them with `redirect: "manual"`. As in Node, it does not store cookies.
     */
    readonly fetch: SandboxFetch;
    /** Root certificate of the sandbox's signatures (PEM). */
    readonly caPem: string;
    readonly clock: SandboxClock;
    readonly outbox: SandboxOutbox;
    readonly faults: SandboxFaultRules;
    private constructor();
    /** Signs for a signer, as on the page. `person` is a UUID or an `externalIdentifier`. */
    sign(process: ProcessReference, person: string, decision?: SignDecision): Promise<Process>;
    /** Declines for a signer. */
    decline(process: ProcessReference, person: string, reason?: string): Promise<Process>;
    /** Assigns the signature to another person. */
    delegate(process: ProcessReference, person: string, to: SandboxSignerInput): Promise<Process>;
    /** Sets the identification result of a signer. Default: as the magic last names determine. */
    identify(process: ProcessReference, person: string, result?: IdentificationResult): Promise<Process>;
    /** Adds a signer, as on the setup page. */
    addSigner(process: ProcessReference, signer: SandboxSignerInput): Promise<Process>;
    /** Removes a signer, as on the setup page. */
    removeSigner(process: ProcessReference, person: string): Promise<Process>;
    /** Completes the setup page, which releases the process. */
    completeSetup(process: ProcessReference, completion?: CompleteSetupInput): Promise<Process>;
    /** Deletes the files of an ended process before the retention period is over. */
    archive(process: ProcessReference): Promise<Process>;
    /** Creates an organization, isolated from the others. */
    organization(name?: string): Promise<SandboxOrganization>;
    /** The recorded requests, oldest first. */
    requests({ process, ...rest }?: JournalQuery): Promise<JournalEntry[]>;
    /** Resets processes, organizations, clock, outbox, faults and requests. */
    reset(): Promise<void>;
    /** Saves processes, organizations and clocks under a name. */
    snapshot(name?: string): Promise<void>;
    /** Restores a snapshot. */
    restore(name?: string): Promise<void>;
    /** Exports all data as JSON text, including the secrets of clients. */
    export(): Promise<string>;
    /** Replaces all data by an export of a sandbox. */
    import(text: string): Promise<void>;
    /** Any other request of the control API (docs/sandbox.md), such as `("POST", "/teams", {…})`. */
    control<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
    /** Releases the memory; later calls are rejected. */
    free(): void;
    [Symbol.dispose](): void;
}
/** An organization with its own clock, outbox and faults. */
export declare class SandboxOrganization {
    #private;
    /** A UUID. */
    readonly id: string;
    readonly name: string;
    /** Credentials of its client, with every scope. */
    readonly credentials: SandboxCredentials;
    readonly teamId: string;
    readonly clock: SandboxClock;
    readonly outbox: SandboxOutbox;
    readonly faults: SandboxFaultRules;
    /** Deletes its processes and messages; the organization and its client remain. */
    reset(): Promise<void>;
}
