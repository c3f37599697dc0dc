// One signing process: its operations, its last known state, and what that state permits.

import { fileProblems } from "./check-file.js";
import { checkKnown } from "./check.js";
import { toJson, invalidRequest, type Connection, type Prepared } from "./connection.js";
import { Download, type DownloadOptions } from "./download.js";
import { invalid } from "./environment.js";
import { translated, type Problem } from "./errors.js";
import type {
  AuditRecord,
  AuditSuccessRecordResponse,
  FileAttachmentInput,
  Open,
  OperationId,
  Process,
  ProcessOpenRequest,
  ProcessOpenResponse,
  ProcessReleaseRequest,
  ProcessSetupRequest,
  ProcessSetupResponse,
  ReleasedParticipant,
  ReleaseResponse,
  State,
} from "./generated/contract.js";
import { fields as fieldsOf, guarded, identifier } from "./guard.js";
import { checkCallback, quietly, type CallOptions } from "./limits.js";
import { mismatch, open, prepare, type FileSource, type UploadProgress } from "./source.js";
import { createUpload, relayHeader } from "./upload.js";
import { waitFor, type WaitOptions } from "./wait.js";
import { wasm } from "./wasm/load.js";
import type { Upload } from "./wire.js";

/** A process as `JSON.stringify` saves it: no secret, no URL, no personal data. */
export interface SavedProcess {
  /** Version of this form. */
  version: 1;
  id: string;
  state: Open<State>;
}

/** What is said about a file, beside its bytes. */
export interface AttachDetails extends Pick<
  FileAttachmentInput,
  "externalIdentifier" | "signaturePositions"
> {
  /** File name; that of the source (File, path) when absent. */
  name?: string;
  /** Bytes of a stream; one without has to be read into memory before it can be sent. */
  size?: number;
  /** Told how far the upload is. */
  onProgress?: (progress: UploadProgress) => void;
}

/** Answer of {@link SigningProcess.attach}. */
export interface AttachedFile {
  /** Identifier of the file as it was attached. */
  fileId: string;
}

/** Answer of {@link SigningProcess.release}. */
export interface Released {
  /** The participants and their permanent URLs, which let them in: to be handled as credentials. */
  participants: ReleasedParticipant[];
  /**
   * Whether the process had been released before (208); nothing more was done then. It may have
   * been this call that did it, when the answer to its first try was lost.
   */
  alreadyReleased: boolean;
}

/** A page to which a user is sent. */
export interface HandOver {
  /** To be handled as a credential: it may let its bearer in. */
  url: string;
}

const VERSION = 1;

/** A signing process. */
export class SigningProcess {
  readonly #connection: Connection;
  readonly #id: string;
  #state: Open<State>;
  #model: Process | undefined;

  private constructor(connection: Connection, id: string, state: Open<State>, model?: Process) {
    this.#connection = connection;
    this.#id = id;
    this.#state = state;
    this.#model = model;
  }

  /** @internal */
  static from(connection: Connection, model: Process): SigningProcess {
    return new SigningProcess(connection, model.id ?? "", model.status ?? "CREATED", model);
  }

  /** @internal */
  static resume(connection: Connection, saved: string | SavedProcess): SigningProcess {
    const { version, id, state } = parse(saved);
    if (version !== VERSION || typeof id !== "string" || typeof state !== "string") {
      throw invalid("this is no process that was saved by a version of swisscom-sign known here");
    }
    const processId = identifier("getProcess", "processId", id);
    const problems = connection.check("getProcess", { processId }, undefined);
    if (problems.length > 0) throw invalidRequest("getProcess", problems);
    return new SigningProcess(connection, processId, state.slice(0, 64));
  }

  /** Identifier of the process. */
  get id(): string {
    return this.#id;
  }

  /** The last known state; {@link status} asks. */
  get state(): Open<State> {
    return this.#state;
  }

  /** The process as it was last read or created; absent after `resume`. */
  get model(): Process | undefined {
    return this.#model;
  }

  /** What the last known state permits, in the order of a process's life. No request is made. */
  allowedOperations(): OperationId[] {
    return wasm().allowedOperations(this.#state) as OperationId[];
  }

  /**
   * What would keep an operation from being performed: every problem at once, and none when it is
   * ready. `input` is what the operation would be given; for `open`, with `personId` beside it.
   *
   * The preconditions of `release` are about the process, which others may have changed: while it
   * is CREATED, `check("release")` reads it first (operation `getProcess`). Other checks make no
   * request; `attach` and `open` are held against the process as it was last read.
   *
   * Before any call is sent the same is checked, but for what may have changed meanwhile.
   */
  async check(
    operation: OperationId,
    input?: unknown,
    options?: CallOptions | null,
  ): Promise<Problem[]> {
    if (operation === "release" && this.#state === "CREATED") await this.details(options);
    const known = { id: this.#id, state: this.#state, model: this.#model };
    // A name that is longer than any is as unknown by its beginning.
    const name = String(operation).slice(0, 64) as OperationId;
    return checkKnown(this.#connection, name, known, input);
  }

  /**
   * Attaches a PDF (operation `attach`), once: without an `externalIdentifier` it gets one, by which
   * it is found again when the answer is lost. What is wrong with its details, its size or its
   * beginning is said before anything is sent. The file is read as it is sent, once for each
   * attempt; a stream is sent once and not repeated. A source that gives more or fewer bytes than it
   * said ends the request.
   */
  async attach(
    source: FileSource,
    details?: AttachDetails | null,
    options?: CallOptions | null,
  ): Promise<AttachedFile> {
    const { onProgress, size, ...fields } = fieldsOf("details", details);
    checkCallback("onProgress", onProgress);
    let bytes = 0;
    const file = async (
      signal: AbortSignal,
      onFailure: (error: unknown) => void,
    ): Promise<Prepared> => {
      translated(() => wasm().checkState("attach", this.#state, this.#id));
      const opened = await open(source, size);
      // `content` is last: the Base64 goes in there.
      const { name = opened.name, externalIdentifier, signaturePositions } = fields;
      const described = { ...fields, name, externalIdentifier, signaturePositions };
      const envelope = { ...described, contentType: "application/pdf", content: "" };
      const text = toJson("attach", envelope) ?? "";
      const problems = this.#connection.check("attach", { processId: this.#id }, text);
      if (opened.size !== undefined) problems.push(...fileProblems(opened.size));
      if (problems.length > 0) throw invalidRequest("attach", problems, { processId: this.#id });
      const ready = await prepare(source, opened, signal, onProgress);
      bytes = ready.size;
      let upload: ReturnType<typeof createUpload> | undefined;
      const body = (text: string): Upload =>
        (upload ??= createUpload({
          ...ready,
          envelope: text,
          relayFile: this.#connection.relay ? relayHeader(text) : undefined,
          onProgress,
          onFailure,
          mismatch: (given) => mismatch(given, ready.size),
        }));
      return { text, body, once: ready.again === undefined, end: () => upload?.end() };
    };
    const done = await this.#connection.call("attach", this.#target(), undefined, options, file);
    quietly(onProgress, { phase: "done", bytes, total: bytes });
    return { fileId: done.fileId ?? "" };
  }

  /** Hands over to the hosted setup page (operation `setup`). */
  async setup(
    request?: ProcessSetupRequest | null,
    options?: CallOptions | null,
  ): Promise<HandOver> {
    const done = await this.#connection.call("setup", this.#target(), request ?? {}, options);
    return { url: (done.data as ProcessSetupResponse).url ?? "" };
  }

  /** Releases the process to its signers (operation `release`). Without `notification` no mail is sent. */
  async release(
    request?: ProcessReleaseRequest | null,
    options?: CallOptions | null,
  ): Promise<Released> {
    const target = this.#target();
    const done = await this.#connection.call("release", target, request ?? undefined, options);
    const data = done.data as ReleaseResponse;
    this.#state = done.state ?? "PENDING";
    return { participants: data.participants ?? [], alreadyReleased: done.alreadyDone };
  }

  /**
   * Makes a URL for a participant (operation `open`), named by identification or
   * externalIdentifier. Redeem it at once: a one-time code lives for 30 seconds.
   */
  async open(
    personId: string,
    request?: ProcessOpenRequest | null,
    options?: CallOptions | null,
  ): Promise<HandOver> {
    const target = { ...this.#target(), personId: identifier("open", "personId", personId) };
    const done = await this.#connection.call("open", target, request ?? {}, options);
    return { url: (done.data as ProcessOpenResponse).url ?? "" };
  }

  /** Asks for the state (operation `getStatus`). */
  async status(options?: CallOptions | null): Promise<Open<State>> {
    const done = await this.#connection.call("getStatus", this.#target(), undefined, options);
    this.#state = done.state ?? this.#state;
    return this.#state;
  }

  /** Reads the process (operation `getProcess`). */
  async details(options?: CallOptions | null): Promise<Process> {
    const done = await this.#connection.call("getProcess", this.#target(), undefined, options);
    this.#model = done.data as Process;
    this.#state = done.state ?? this.#state;
    return this.#model;
  }

  /** Reads the audit records, newest first (operation `getRecords`). */
  async records(options?: CallOptions | null): Promise<AuditRecord[]> {
    const done = await this.#connection.call("getRecords", this.#target(), undefined, options);
    return (done.data as AuditSuccessRecordResponse).records ?? [];
  }

  /**
   * Downloads a file (operation `getFileContent`), named by identifier or externalIdentifier.
   * Resolves once its head is there; the bytes come as they are read. Of a server that does not know
   * this operation (404, 405, 406 or 501 without an error of the contract) it asks `getFile`, whose
   * Base64 is decoded as it comes.
   */
  async download(fileId: string, given?: DownloadOptions | null): Promise<Download> {
    const id = identifier("getFileContent", "fileId", fileId);
    const options = fieldsOf("options", given);
    checkCallback("onProgress", options.onProgress);
    const target = { ...this.#target(), fileId: id };
    let abort: AbortController | undefined;
    const onHead = (controller: AbortController): void => void (abort = controller);
    const done = await this.#connection.call(
      "getFileContent",
      target,
      undefined,
      options,
      undefined,
      onHead,
    );
    const response = done.response?.raw ?? { status: done.status };
    const end = (): void => abort?.abort();
    const subject = { fileId: id, processId: this.#id };
    return new Download(response, subject, options, end, done.base64);
  }

  /**
   * Waits until the process reaches a state. Rejects with a `StateError` whose `reason` says why
   * when it cannot reach it any more: expired, declined, identification rejected; with a
   * `TimeoutError` that says what was seen last when the time is over.
   */
  async waitFor(state: State, options?: WaitOptions | null): Promise<Process> {
    return waitFor(this, this.#connection.host, state, fieldsOf("options", options));
  }

  /** What to save so that {@link Processes.resume} can go on later, elsewhere. */
  toJSON(): SavedProcess {
    return { version: VERSION, id: this.#id, state: this.#state };
  }

  /** @internal */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `SigningProcess { id: '${this.#id}', state: '${this.#state}' }`;
  }

  #target(): { processId: string; state: string; level?: string } {
    return { processId: this.#id, state: this.#state, level: this.#model?.signatureLevel };
  }
}

guarded(SigningProcess.prototype);

function parse(saved: unknown): Partial<Record<keyof SavedProcess, unknown>> {
  try {
    return Object(typeof saved === "string" ? JSON.parse(saved) : saved) as object;
  } catch (cause) {
    throw Object.assign(invalid("a saved process must be JSON"), { cause });
  }
}
