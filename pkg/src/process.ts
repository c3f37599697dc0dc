// One signing process: its operations, its last known state, and what that state permits.

import { toJson, invalidRequest, type Connection, type FileRequest } from "./connection.js";
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
import { bounded, checkCallback, quietly, type CallOptions } from "./limits.js";
import {
  mismatch,
  open,
  prepare,
  sizeProblems,
  type FileSource,
  type UploadProgress,
} from "./source.js";
import { createUpload, relayHeader } from "./upload.js";
import { waitFor, type WaitOptions } from "./wait.js";
import { wasm } from "./wasm/load.js";

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
  /** Whether the process had been released before (208); nothing more was done then. */
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
    const problems = connection.check("getProcess", { processId: id }, undefined);
    if (problems.length > 0) throw invalidRequest("getProcess", problems);
    return new SigningProcess(connection, id, state);
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
   * ready. `input` is what the operation would be given. No request is made.
   */
  async check(operation: OperationId, input?: unknown): Promise<Problem[]> {
    const problems: Problem[] = [];
    try {
      wasm().checkState(operation, this.#state, this.#id);
    } catch (error) {
      const { message } = error as { message: string };
      problems.push({ path: "$", code: "state_forbids", message });
    }
    const ids = { processId: this.#id, personId: "x", fileId: "x" };
    const file =
      operation === "attach"
        ? { name: "file.pdf", contentType: "application/pdf", content: "" }
        : {};
    const text =
      input === undefined && operation !== "attach" ? undefined : { ...file, ...Object(input) };
    problems.push(...this.#connection.check(operation, ids, toJson(operation, text)));
    return problems;
  }

  /**
   * Attaches a PDF (operation `attach`). What is wrong with its details, its size or its beginning is
   * said before anything is sent. The file is read as it is sent, once for each attempt; a stream is
   * sent once and not repeated. A source that gives more or fewer bytes than it said ends the request.
   */
  async attach(
    source: FileSource,
    details: AttachDetails = {},
    options: CallOptions = {},
  ): Promise<AttachedFile> {
    const { onProgress, size, ...fields } = details;
    checkCallback("onProgress", onProgress);
    let bytes = 0;
    const file = async (
      signal: AbortSignal,
      onFailure: (error: unknown) => void,
    ): Promise<FileRequest> => {
      translated(() => wasm().checkState("attach", this.#state, this.#id));
      const opened = await open(source, size);
      // `content` is last: the Base64 goes in there.
      const { name = opened.name, externalIdentifier, signaturePositions } = fields;
      const described = { ...fields, name, externalIdentifier, signaturePositions };
      const envelope = { ...described, contentType: "application/pdf", content: "" };
      const text = toJson("attach", envelope) ?? "";
      const problems = this.#connection.check("attach", { processId: this.#id }, text);
      if (opened.size !== undefined) problems.push(...sizeProblems(opened.size));
      if (problems.length > 0) throw invalidRequest("attach", problems, { processId: this.#id });
      const ready = await prepare(source, opened, signal, onProgress);
      bytes = ready.size;
      const relayFile = this.#connection.relay ? relayHeader(described) : undefined;
      const upload = createUpload({
        ...ready,
        envelope: relayFile === undefined ? text : undefined,
        onProgress,
        onFailure,
        mismatch: (given) => mismatch(given, ready.size),
      });
      return { text, upload, call: { once: ready.again === undefined, relayFile } };
    };
    const done = await this.#connection.call("attach", this.#target(), undefined, options, file);
    quietly(onProgress, { phase: "done", bytes, total: bytes });
    return { fileId: done.fileId ?? "" };
  }

  /** Hands over to the hosted setup page (operation `setup`). */
  async setup(request: ProcessSetupRequest = {}, options?: CallOptions): Promise<HandOver> {
    const done = await this.#connection.call("setup", this.#target(), request, options);
    return { url: (done.data as ProcessSetupResponse).url ?? "" };
  }

  /** Releases the process to its signers (operation `release`). Without `notification` no mail is sent. */
  async release(request?: ProcessReleaseRequest, options?: CallOptions): Promise<Released> {
    const done = await this.#connection.call("release", this.#target(), request, options);
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
    request: ProcessOpenRequest = {},
    options?: CallOptions,
  ): Promise<HandOver> {
    const target = { ...this.#target(), personId: String(personId) };
    const done = await this.#connection.call("open", target, request, options);
    return { url: (done.data as ProcessOpenResponse).url ?? "" };
  }

  /** Asks for the state (operation `getStatus`). */
  async status(options?: CallOptions): Promise<Open<State>> {
    const done = await this.#connection.call("getStatus", this.#target(), undefined, options);
    this.#state = done.state ?? this.#state;
    return this.#state;
  }

  /** Reads the process (operation `getProcess`). */
  async details(options?: CallOptions): Promise<Process> {
    const done = await this.#connection.call("getProcess", this.#target(), undefined, options);
    this.#model = done.data as Process;
    this.#state = done.state ?? this.#state;
    return this.#model;
  }

  /** Reads the audit records, newest first (operation `getRecords`). */
  async records(options?: CallOptions): Promise<AuditRecord[]> {
    const done = await this.#connection.call("getRecords", this.#target(), undefined, options);
    return (done.data as AuditSuccessRecordResponse).records ?? [];
  }

  /**
   * Downloads a file (operation `getFileContent`), named by identifier or externalIdentifier.
   * Resolves once its head is there; the bytes come as they are read. Of a server that does not know
   * this operation (404, 405, 406 or 501 without an error of the contract) it asks `getFile`, whose
   * Base64 is decoded as it comes.
   */
  async download(fileId: string, options: DownloadOptions = {}): Promise<Download> {
    checkCallback("onProgress", options?.onProgress);
    const id = String(fileId);
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
   * when it cannot reach it any more: expired, declined, identification rejected.
   */
  waitFor(state: State, options: WaitOptions = {}): Promise<Process> {
    const subject = { operation: "getProcess", processId: this.#id };
    return bounded(options, subject, (signal) => waitFor(this, state, { ...options, signal }));
  }

  /** What to save so that {@link Processes.resume} can go on later, elsewhere. */
  toJSON(): SavedProcess {
    return { version: VERSION, id: this.#id, state: this.#state };
  }

  /** @internal */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `SigningProcess { id: '${this.#id}', state: '${this.#state}' }`;
  }

  #target(): { processId: string; state: string } {
    return { processId: this.#id, state: this.#state };
  }
}

function parse(saved: unknown): Partial<Record<keyof SavedProcess, unknown>> {
  try {
    return Object(typeof saved === "string" ? JSON.parse(saved) : saved) as object;
  } catch (cause) {
    throw Object.assign(invalid("a saved process must be JSON"), { cause });
  }
}
