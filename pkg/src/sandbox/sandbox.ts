// A sandbox, whatever its host: everything goes through its `fetch`.

import type { Endpoints } from "../environment.js";
import type { Process } from "../generated/contract.js";
import type { Credentials } from "../client.js";
import { SandboxClock } from "./clock.js";
import { ControlClient, processIdOf } from "./control.js";
import type { SandboxFetch } from "./fetch.js";
import { SandboxFaultRules } from "./faults.js";
import { SandboxOutbox } from "./outbox.js";
import type {
  CompleteSetupInput,
  JournalEntry,
  JournalQuery,
  ProcessReference,
  SandboxSignerInput,
  SignDecision,
} from "./types.js";

/** What a sandbox is made of. @internal */
export interface SandboxHost {
  url: string;
  fetch: SandboxFetch;
  credentials: Credentials;
  adminToken?: string | undefined;
  free(): void;
}

/** The platform, and what a test does to it. */
export class Sandbox {
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

  /** A signer signs, as on the page. `person` is a UUID or an `externalIdentifier`. */
  sign(process: ProcessReference, person: string, decision?: SignDecision): Promise<Process> {
    return this.#act(process, person, "sign", decision);
  }

  /** A signer declines. */
  decline(process: ProcessReference, person: string, reason?: string): Promise<Process> {
    return this.#act(process, person, "decline", { reason });
  }

  /** A signer hands over to somebody else. */
  delegate(process: ProcessReference, person: string, to: SandboxSignerInput): Promise<Process> {
    return this.#act(process, person, "delegate", to);
  }

  /** The identity of a signer is checked, with what the magic last names say when absent. */
  identify(
    process: ProcessReference,
    person: string,
    result?: "APPROVED" | "REJECTED" | "PENDING",
  ): Promise<Process> {
    return this.#act(process, person, "identify", { result });
  }

  /** The setup page adds a signer. */
  addSigner(process: ProcessReference, signer: SandboxSignerInput): Promise<Process> {
    return this.#control.json("POST", `/processes/${processIdOf(process)}/setup/signers`, signer);
  }

  /** The setup page takes a signer out. */
  removeSigner(process: ProcessReference, person: string): Promise<Process> {
    const path = `/processes/${processIdOf(process)}/setup/signers/${encodeURIComponent(person)}/remove`;
    return this.#control.json("POST", path);
  }

  /** The setup page is completed, which releases the process. */
  completeSetup(process: ProcessReference, completion?: CompleteSetupInput): Promise<Process> {
    return this.#control.json(
      "POST",
      `/processes/${processIdOf(process)}/setup/complete`,
      completion,
    );
  }

  /** Deletes the files of a process that has ended, before it is due. */
  archive(process: ProcessReference): Promise<Process> {
    return this.#control.json("POST", `/processes/${processIdOf(process)}/archive`);
  }

  #act(process: ProcessReference, person: string, act: string, body?: object): Promise<Process> {
    const path = `/processes/${processIdOf(process)}/participants/${encodeURIComponent(person)}/${act}`;
    return this.#control.json("POST", path, body);
  }

  /** A new organization: nothing that it does is seen by another. */
  async organization(name?: string): Promise<SandboxOrganization> {
    const made = await this.#control.json<Made>("POST", "/organizations", { name });
    return new SandboxOrganization(this.#control, made);
  }

  /** What was asked, oldest first. */
  async requests({ process, ...rest }: JournalQuery = {}): Promise<JournalEntry[]> {
    const processId = process === undefined ? undefined : processIdOf(process);
    const query = { ...rest, processId };
    type Answer = { requests: JournalEntry[] };
    return (await this.#control.json<Answer>("GET", "/requests", undefined, query)).requests;
  }

  /** Back to the beginning: processes, organizations, clock, outbox, faults, requests. */
  async reset(): Promise<void> {
    await this.#control.text("POST", "/reset");
  }

  /** Keeps processes, organizations and clocks under a name. */
  async snapshot(name = "default"): Promise<void> {
    await this.#control.text("PUT", `/snapshots/${encodeURIComponent(name)}`);
  }

  /** Brings a snapshot back. */
  async restore(name = "default"): Promise<void> {
    await this.#control.text("POST", `/snapshots/${encodeURIComponent(name)}/restore`);
  }

  /** Everything as one JSON text, secrets of clients included. */
  export(): Promise<string> {
    return this.#control.text("GET", "/export");
  }

  /** Replaces everything by an export, of this sandbox or of another. */
  async import(text: string): Promise<void> {
    await this.#control.text("POST", "/import", text);
  }

  /** Any other request of docs/sandbox.md below `/_sandbox`, such as `("POST", "/teams", {…})`. */
  control<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    return this.#control.json(method, path, body);
  }

  /** Gives its memory back; nothing can be asked after that. */
  free(): void {
    this.#free();
  }

  [Symbol.dispose](): void {
    this.free();
  }
}

interface Made {
  id: string;
  name: string;
  clientId: string;
  clientSecret: string;
  teamId: string;
}

/** An organization of its own, with its own clock, outbox and faults. */
export class SandboxOrganization {
  /** A UUID. */
  readonly id: string;
  readonly name: string;
  /** Of its client, with every scope. */
  readonly credentials: Credentials;
  readonly teamId: string;
  readonly clock: SandboxClock;
  readonly outbox: SandboxOutbox;
  readonly faults: SandboxFaultRules;
  readonly #control: ControlClient;

  /** @internal */
  constructor(control: ControlClient, made: Made) {
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

  /** Forgets what it did. It stays, with its client. */
  async reset(): Promise<void> {
    await this.#control.text("POST", "/reset", { organizationId: this.id });
  }
}
