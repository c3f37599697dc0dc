// The sandbox API, over the `fetch` of any host.

import type { Endpoints } from "../environment.js";
import type { Process } from "../generated/contract.js";
import type {
  CompleteSetupInput,
  IdentificationResult,
  JournalEntry,
  JournalFilter,
  NewOrganization,
  RequestList,
  SandboxSignerInput,
  SignDecision,
} from "../generated/control.js";
import type { Credentials } from "../client.js";
import { SandboxClock } from "./clock.js";
import { ControlClient, processIdOf, type ProcessReference } from "./control.js";
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

/** The host of a sandbox. @internal */
export interface SandboxHost {
  url: string;
  fetch: SandboxFetch;
  credentials: SandboxCredentials;
  adminToken?: string | undefined;
  free(): void;
}

/** A sandbox: the platform, with methods for tests. */
export class Sandbox {
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
  readonly #control: ControlClient;
  readonly #free: () => void;

  private constructor(host: SandboxHost, control: ControlClient, caPem: string) {
    const { url, fetch, credentials } = host;
    const realm = "/realms/swisscom-public/protocol/openid-connect/token";
    this.url = url;
    this.environment = { apiUrl: `${url}/system`, tokenUrl: url + realm };
    this.credentials = credentials;
    this.fetch = fetch;
    this.caPem = caPem;
    this.clock = new SandboxClock(control);
    this.outbox = new SandboxOutbox(control);
    this.faults = new SandboxFaultRules(control);
    this.#control = control;
    this.#free = () => host.free();
  }

  /** @internal */
  static async of(host: SandboxHost): Promise<Sandbox> {
    const control = new ControlClient(host.fetch, host.url, host.adminToken);
    return new Sandbox(host, control, await control.text("GET", "/ca.pem"));
  }

  /** Signs for a signer, as on the page. `person` is a UUID or an `externalIdentifier`. */
  sign(process: ProcessReference, person: string, decision?: SignDecision): Promise<Process> {
    return this.#act(process, person, "sign", decision);
  }

  /** Declines for a signer. */
  decline(process: ProcessReference, person: string, reason?: string): Promise<Process> {
    return this.#act(process, person, "decline", { reason });
  }

  /** Assigns the signature to another person. */
  delegate(process: ProcessReference, person: string, to: SandboxSignerInput): Promise<Process> {
    return this.#act(process, person, "delegate", to);
  }

  /** Sets the identification result of a signer. Default: as the magic last names determine. */
  identify(
    process: ProcessReference,
    person: string,
    result?: IdentificationResult,
  ): Promise<Process> {
    return this.#act(process, person, "identify", { result });
  }

  /** Adds a signer, as on the setup page. */
  addSigner(process: ProcessReference, signer: SandboxSignerInput): Promise<Process> {
    return this.#control.json("POST", `/processes/${processIdOf(process)}/setup/signers`, signer);
  }

  /** Removes a signer, as on the setup page. */
  removeSigner(process: ProcessReference, person: string): Promise<Process> {
    const path = `/processes/${processIdOf(process)}/setup/signers/${encodeURIComponent(person)}/remove`;
    return this.#control.json("POST", path);
  }

  /** Completes the setup page, which releases the process. */
  completeSetup(process: ProcessReference, completion?: CompleteSetupInput): Promise<Process> {
    return this.#control.json(
      "POST",
      `/processes/${processIdOf(process)}/setup/complete`,
      completion,
    );
  }

  /** Deletes the files of an ended process before the retention period is over. */
  archive(process: ProcessReference): Promise<Process> {
    return this.#control.json("POST", `/processes/${processIdOf(process)}/archive`);
  }

  #act(process: ProcessReference, person: string, act: string, body?: object): Promise<Process> {
    const path = `/processes/${processIdOf(process)}/participants/${encodeURIComponent(person)}/${act}`;
    return this.#control.json("POST", path, body);
  }

  /** Creates an organization, isolated from the others. */
  async organization(name?: string): Promise<SandboxOrganization> {
    const made = await this.#control.json<NewOrganization>("POST", "/organizations", { name });
    return new SandboxOrganization(this.#control, made);
  }

  /** The recorded requests, oldest first. */
  async requests({ process, ...rest }: JournalQuery = {}): Promise<JournalEntry[]> {
    const processId = process === undefined ? undefined : processIdOf(process);
    const query = { ...rest, processId };
    return (await this.#control.json<RequestList>("GET", "/requests", undefined, query)).requests;
  }

  /** Resets processes, organizations, clock, outbox, faults and requests. */
  async reset(): Promise<void> {
    await this.#control.text("POST", "/reset");
  }

  /** Saves processes, organizations and clocks under a name. */
  async snapshot(name = "default"): Promise<void> {
    await this.#control.text("PUT", `/snapshots/${encodeURIComponent(name)}`);
  }

  /** Restores a snapshot. */
  async restore(name = "default"): Promise<void> {
    await this.#control.text("POST", `/snapshots/${encodeURIComponent(name)}/restore`);
  }

  /** Exports all data as JSON text, including the secrets of clients. */
  export(): Promise<string> {
    return this.#control.text("GET", "/export");
  }

  /** Replaces all data by an export of a sandbox. */
  async import(text: string): Promise<void> {
    await this.#control.text("POST", "/import", text);
  }

  /** Any other request of the control API (docs/sandbox.md), such as `("POST", "/teams", {…})`. */
  control<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    return this.#control.json(method, path, body);
  }

  /** Releases the memory; later calls are rejected. */
  free(): void {
    this.#free();
  }

  [Symbol.dispose](): void {
    this.free();
  }
}

/** An organization with its own clock, outbox and faults. */
export class SandboxOrganization {
  /** A UUID. */
  readonly id: string;
  readonly name: string;
  /** Credentials of its client, with every scope. */
  readonly credentials: SandboxCredentials;
  readonly teamId: string;
  readonly clock: SandboxClock;
  readonly outbox: SandboxOutbox;
  readonly faults: SandboxFaultRules;
  readonly #control: ControlClient;

  /** @internal */
  constructor(control: ControlClient, made: NewOrganization) {
    const { id, name, clientId, clientSecret, teamId } = made;
    this.id = id;
    this.name = name;
    this.credentials = { clientId, clientSecret };
    this.teamId = teamId;
    this.clock = new SandboxClock(control, id);
    this.outbox = new SandboxOutbox(control, id);
    this.faults = new SandboxFaultRules(control, id);
    this.#control = control;
  }

  /** Deletes its processes and messages; the organization and its client remain. */
  async reset(): Promise<void> {
    await this.#control.text("POST", "/reset", { organizationId: this.id });
  }
}
