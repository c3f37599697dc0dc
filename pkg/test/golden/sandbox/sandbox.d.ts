/// <reference lib="esnext.disposable" />
import type { Endpoints } from "../environment.js";
import type { Process } from "../generated/contract.js";
import type { Credentials } from "../client.js";
import { SandboxClock } from "./clock.js";
import type { SandboxFetch } from "./fetch.js";
import { SandboxFaultRules } from "./faults.js";
import { SandboxOutbox } from "./outbox.js";
import type { CompleteSetupInput, JournalEntry, JournalQuery, ProcessReference, SandboxSignerInput, SignDecision } from "./types.js";
/** The platform, and what a test does to it. */
export declare class Sandbox {
    #private;
    /** Scheme, host and port. */
    readonly url: string;
    /** Where a client finds it, for `createClient`. */
    readonly environment: Endpoints;
    /** Of a client with every scope. */
    readonly credentials: Credentials;
    /**
     * Serves every URL of the sandbox, and rejects with a `TypeError` for any other host. Redirects are
     * followed, and given with `redirect: "manual"`; cookies are the caller's, as in Node.
     */
    readonly fetch: SandboxFetch;
    /** The certificate that the sandbox's signatures are trusted by. */
    readonly caPem: string;
    readonly clock: SandboxClock;
    readonly outbox: SandboxOutbox;
    readonly faults: SandboxFaultRules;
    private constructor();
    /** A signer signs, as on the page. `person` is a UUID or an `externalIdentifier`. */
    sign(process: ProcessReference, person: string, decision?: SignDecision): Promise<Process>;
    /** A signer declines. */
    decline(process: ProcessReference, person: string, reason?: string): Promise<Process>;
    /** A signer hands over to somebody else. */
    delegate(process: ProcessReference, person: string, to: SandboxSignerInput): Promise<Process>;
    /** The identity of a signer is checked, with what the magic last names say when absent. */
    identify(process: ProcessReference, person: string, result?: "APPROVED" | "REJECTED" | "PENDING"): Promise<Process>;
    /** The setup page adds a signer. */
    addSigner(process: ProcessReference, signer: SandboxSignerInput): Promise<Process>;
    /** The setup page takes a signer out. */
    removeSigner(process: ProcessReference, person: string): Promise<Process>;
    /** The setup page is completed, which releases the process. */
    completeSetup(process: ProcessReference, completion?: CompleteSetupInput): Promise<Process>;
    /** Deletes the files of a process that has ended, before it is due. */
    archive(process: ProcessReference): Promise<Process>;
    /** A new organization: nothing that it does is seen by another. */
    organization(name?: string): Promise<SandboxOrganization>;
    /** What was asked, oldest first. */
    requests({ process, ...rest }?: JournalQuery): Promise<JournalEntry[]>;
    /** Back to the beginning: processes, organizations, clock, outbox, faults, requests. */
    reset(): Promise<void>;
    /** Keeps processes, organizations and clocks under a name. */
    snapshot(name?: string): Promise<void>;
    /** Brings a snapshot back. */
    restore(name?: string): Promise<void>;
    /** Everything as one JSON text, secrets of clients included. */
    export(): Promise<string>;
    /** Replaces everything by an export, of this sandbox or of another. */
    import(text: string): Promise<void>;
    /** Any other request of docs/sandbox.md below `/_sandbox`, such as `("POST", "/teams", {…})`. */
    control<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
    /** Gives its memory back; nothing can be asked after that. */
    free(): void;
    [Symbol.dispose](): void;
}
/** An organization of its own, with its own clock, outbox and faults. */
export declare class SandboxOrganization {
    #private;
    /** A UUID. */
    readonly id: string;
    readonly name: string;
    /** Of its client, with every scope. */
    readonly credentials: Credentials;
    readonly teamId: string;
    readonly clock: SandboxClock;
    readonly outbox: SandboxOutbox;
    readonly faults: SandboxFaultRules;
    /** Forgets what it did. It stays, with its client. */
    reset(): Promise<void>;
}
