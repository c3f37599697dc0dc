// A signing process: its operations and its last known state.

import { fileProblems } from "./preflight-file.js";
import { checkKnown } from "./preflight.js";
import type { UploadProgress } from "./chunks.js";
import {
  invalidRequest,
  serializeBody,
  type Connection,
  type ConnectionCall,
  type PreparedCall,
} from "./connection.js";
import { Download, type DownloadOptions } from "./download.js";
import { configurationError } from "./environment.js";
import { withSignErrors, type Problem } from "./errors.js";
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
  ReleaseResponse,
  ReleasedParticipant,
  State,
} from "./generated/contract.js";
import type { ProcessDetails } from "./process-input.js";
import { isError, wrapMethods, readOptions as fieldsOf, requireId } from "./arguments.js";
import { callSafely, checkCallback, type CallOptions } from "./deadline.js";
import { prepareSource, sizeMismatchError, SourceHandle, type FileSource } from "./source.js";
import { createUpload, relayHeader } from "./upload.js";
import { waitFor, type WaitOptions } from "./wait.js";
import { wasm } from "./wasm/load.js";
import type { WireDecodedResponse, WireUpload } from "./wire.js";

/** A process as serialized by `JSON.stringify`, without secrets, URLs and personal data. */
export interface SavedProcess {
  /** Version of the format. */
  version: 1;
  id: string;
  state: Open<State>;
}

/** Description of a file. */
export interface AttachOptions extends Pick<
  FileAttachmentInput,
  "externalIdentifier" | "signaturePositions"
> {
  /** File name. Default: the name of the source (File, path). */
  name?: string | undefined;
  /** Size of a stream in bytes. Without it, the stream is read into memory before it is sent. */
  size?: number | undefined;
  /** Called with the progress. */
  onProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** Result of {@link SigningProcess.attach}. */
export interface AttachedFile {
  /** Identifier of the attached file. */
  fileId: string;
}

/** A file that can be downloaded, of {@link SigningProcess.signedFiles}. */
export interface SignedFile {
  /** Identifier for {@link SigningProcess.download}. */
  fileId: string;
  /** `verification`: a file of an identification provider. */
  kind: "document" | "verification";
  /** Identifier that `attach` returned. */
  initialFileId?: string | undefined;
  /** Your reference for the file. */
  externalIdentifier?: string | undefined;
}

/** Result of {@link SigningProcess.release}. */
export interface ReleaseResult {
  /** The participants and their permanent URLs. Treat the URLs as credentials: they give access. */
  participants: ReleasedParticipant[];
  /**
   * Whether the process had already been released (208), so that this call had no effect. The earlier
   * release can be an attempt of the same call whose response was lost.
   */
  alreadyReleased: boolean;
}

/** A page of the platform to which the user is sent. */
export interface RedirectUrl {
  /** Treat it as a credential: it can give access. */
  url: string;
}

const VERSION = 1;

/** A signing process. */
export class SigningProcess {
  readonly #connection: Connection;
  readonly #id: string;
  #state: Open<State>;
  #model: ProcessDetails | undefined;

  private constructor(
    connection: Connection,
    id: string,
    state: Open<State>,
    model?: ProcessDetails,
  ) {
    this.#connection = connection;
    this.#id = id;
    this.#state = state;
    this.#model = model;
  }

  /** @internal */
  static from(connection: Connection, model: Process): SigningProcess {
    // The platform always sends both fields, which the contract does not require.
    const { id = "", status = "CREATED" } = model;
    return new SigningProcess(connection, id, status, { ...model, id, status });
  }

  /** @internal */
  static resume(connection: Connection, saved: string | SavedProcess): SigningProcess {
    const { version, id, state } = parse(saved);
    if (version !== VERSION || typeof id !== "string" || typeof state !== "string") {
      throw configurationError(
        "invalid saved process: expected the JSON of a SigningProcess " +
          `(\`JSON.stringify(process)\`) of version ${VERSION}; to continue with an identifier, call ` +
          "`processes.get(id)`",
      );
    }
    const processId = requireId("getProcess", "processId", id);
    const problems = connection.check("getProcess", { processId }, undefined);
    if (problems.some(isError)) throw invalidRequest("getProcess", problems);
    return new SigningProcess(connection, processId, state.slice(0, 64));
  }

  /** Vue and others do not put objects with a tag behind a proxy, which has no private fields. @internal */
  get [Symbol.toStringTag](): string {
    return "SigningProcess";
  }

  /** Identifier of the process. */
  get id(): string {
    return this.#id;
  }

  /** The last known state; {@link status} reads it again. */
  get state(): Open<State> {
    return this.#state;
  }

  /** The process as last read or created; absent after `resume`. */
  get model(): Process | undefined {
    return this.#model;
  }

  /** Operations that the last known state allows, in lifecycle order. Makes no request. */
  allowedOperations(): OperationId[] {
    return wasm().allowedOperations(this.#state) as OperationId[];
  }

  /**
   * Checks an operation without performing it: returns every problem at once, errors and warnings, or an
   * empty array. Calls throw for errors only.
   * `input` is the input of the operation; for `open`, with `personId` added.
   *
   * The preconditions of `release` depend on the process, which others can have changed: while it is
   * CREATED, `check("release")` reads it first (operation `getProcess`). Other checks make no request;
   * `attach` and `open` are checked against the process as last read.
   *
   * Every call runs the same checks before it sends a request, except those that need a fresh read.
   */
  async check(
    operation: OperationId,
    input?: unknown,
    options?: CallOptions | null,
  ): Promise<Problem[]> {
    if (operation === "release" && this.#state === "CREATED") await this.details(options);
    const known = { id: this.#id, state: this.#state, model: this.#model };
    // Bounds the length; the core rejects unknown names.
    const name = String(operation).slice(0, 64) as OperationId;
    return checkKnown(this.#connection, name, known, input);
  }

  /**
   * Attaches a PDF (operation `attach`), exactly once: without an `externalIdentifier` it gets one, so
   * that it can be found again if the response is lost. Details, size and header of the file are
   * checked before anything is sent. The file is streamed, once per attempt; a stream is sent once,
   * without retries. A source that yields more or fewer bytes than its size aborts the request. A
   * stream is closed at the end of the call, also if the call fails before it reads the stream.
   */
  async attach(
    source: FileSource,
    details?: AttachOptions | null,
    options?: CallOptions | null,
  ): Promise<AttachedFile> {
    const handle = new SourceHandle(source);
    try {
      return await this.#attach(handle, details, options);
    } finally {
      handle.close();
    }
  }

  async #attach(
    handle: SourceHandle,
    details: AttachOptions | null | undefined,
    options: CallOptions | null | undefined,
  ): Promise<AttachedFile> {
    const { onProgress, size, ...fields } = fieldsOf("details", details);
    checkCallback("onProgress", onProgress);
    let upload: ReturnType<typeof createUpload> | undefined;
    let bytes = 0;
    const prepare = async (
      signal: AbortSignal,
      onFailure: (error: unknown) => void,
    ): Promise<PreparedCall> => {
      withSignErrors(() => wasm().checkState("attach", this.#state, this.#id));
      const opened = await handle.open(size);
      // `content` must be last: the upload inserts the Base64 there.
      const { name = opened.name, externalIdentifier, signaturePositions } = fields;
      const described = { ...fields, name, externalIdentifier, signaturePositions };
      const envelope = { ...described, contentType: "application/pdf", content: "" };
      const text = serializeBody("attach", envelope) ?? "";
      const problems = this.#connection.check("attach", { processId: this.#id }, text);
      if (opened.size !== undefined) problems.push(...fileProblems(opened.size));
      if (problems.some(isError)) {
        throw invalidRequest("attach", problems, { processId: this.#id });
      }
      const ready = await prepareSource(handle, opened, signal, onProgress);
      bytes = ready.size;
      const body = (text: string): WireUpload =>
        (upload ??= createUpload({
          ...ready,
          envelope: text,
          relayFile: this.#connection.relay ? relayHeader(text) : undefined,
          onProgress,
          onFailure,
          mismatch: (given) => sizeMismatchError(given, ready.size),
        }));
      return { text, body, once: ready.again === undefined };
    };
    try {
      const done = await this.#call({ operation: "attach", options, prepare });
      callSafely(onProgress, { phase: "done", bytes, total: bytes });
      return { fileId: done.fileId ?? "" };
    } finally {
      upload?.end();
    }
  }

  /** Creates the URL of the hosted setup page (operation `setup`). */
  async setup(
    request?: ProcessSetupRequest | null,
    options?: CallOptions | null,
  ): Promise<RedirectUrl> {
    const done = await this.#call({ operation: "setup", input: request ?? {}, options });
    return { url: (done.data as ProcessSetupResponse).url ?? "" };
  }

  /** Releases the process to its signers (operation `release`). Without `notification`, no mails are sent. */
  async release(
    request?: ProcessReleaseRequest | null,
    options?: CallOptions | null,
  ): Promise<ReleaseResult> {
    const input = request ?? undefined;
    const { validUntil } = Object(input) as ProcessReleaseRequest;
    // JSON would contain null, which the platform treats as absent.
    if (validUntil instanceof Date && Number.isNaN(validUntil.getTime())) {
      const problem = { path: "$.validUntil", code: "format", message: "invalid date" } as const;
      throw invalidRequest("release", [problem], { processId: this.#id });
    }
    const done = await this.#call({ operation: "release", input, options });
    const data = done.data as ReleaseResponse;
    this.#state = done.state ?? "PENDING";
    return { participants: data.participants ?? [], alreadyReleased: done.alreadyDone };
  }

  /**
   * Creates a URL for a participant (operation `open`), given by identification or
   * externalIdentifier. Use it at once: its one-time code expires after 30 seconds.
   */
  async open(
    personId: string,
    request?: ProcessOpenRequest | null,
    options?: CallOptions | null,
  ): Promise<RedirectUrl> {
    const target = { personId: requireId("open", "personId", personId) };
    const done = await this.#call({ operation: "open", target, input: request ?? {}, options });
    return { url: (done.data as ProcessOpenResponse).url ?? "" };
  }

  /** Reads the state (operation `getStatus`). */
  async status(options?: CallOptions | null): Promise<Open<State>> {
    const done = await this.#call({ operation: "getStatus", options });
    this.#state = done.state ?? this.#state;
    return this.#state;
  }

  /** Reads the process (operation `getProcess`). */
  async details(options?: CallOptions | null): Promise<ProcessDetails> {
    const done = await this.#call({ operation: "getProcess", options });
    this.#model = done.data as ProcessDetails;
    this.#state = done.state ?? this.#state;
    return this.#model;
  }

  /** Reads the audit records, newest first (operation `getRecords`). */
  async records(options?: CallOptions | null): Promise<AuditRecord[]> {
    const done = await this.#call({ operation: "getRecords", options });
    return (done.data as AuditSuccessRecordResponse).records ?? [];
  }

  /**
   * The files with signatures, and the files of identification providers. Reads the process (operation
   * `getProcess`).
   */
  async signedFiles(options?: CallOptions | null): Promise<SignedFile[]> {
    const { fileReferences, initiator, invitees } = await this.details(options);
    const files: SignedFile[] = [];
    for (const reference of fileReferences ?? []) {
      const { lastSignedFileId: fileId, initialFileId, externalIdentifier } = reference;
      if (fileId) files.push({ fileId, kind: "document", initialFileId, externalIdentifier });
    }
    const first = initiator?.type === "SIGNER" ? [initiator] : [];
    for (const { verification } of [...first, ...(invitees?.signers ?? [])]) {
      for (const fileId of verification?.files ?? []) files.push({ fileId, kind: "verification" });
    }
    return files;
  }

  /**
   * Downloads a file (operation `getFileContent`), given by identifier or externalIdentifier.
   * Resolves when the response head has arrived; the body is streamed. If the server does not support
   * the operation (404, 405, 406 or 501 without an error of the contract), it uses `getFile` and
   * decodes the Base64 as it arrives.
   */
  async download(fileId: string, given?: DownloadOptions | null): Promise<Download> {
    const id = requireId("getFileContent", "fileId", fileId);
    const { onProgress, ...options } = fieldsOf("options", given);
    checkCallback("onProgress", onProgress);
    let abort: AbortController | undefined;
    let timeoutMs: number | undefined;
    const onHead = (controller: AbortController, limit: number): void =>
      void ([abort, timeoutMs] = [controller, limit]);
    const done = await this.#call({
      operation: "getFileContent",
      target: { fileId: id },
      options,
      onHead,
    });
    const response = done.response?.raw ?? { status: done.status };
    const end = (): void => abort?.abort();
    const subject = { fileId: id, processId: this.#id, attempts: done.attempts };
    return new Download(response, subject, { ...options, timeoutMs, onProgress }, end, done.base64);
  }

  /**
   * Waits until the process reaches a state. Rejects with a `StateError` and its `reason` (expired,
   * declined, identification rejected) if it can no longer reach it, and with a `TimeoutError` that
   * names the last known state.
   */
  async waitFor(state: State, options?: WaitOptions | null): Promise<ProcessDetails> {
    return waitFor(this, this.#connection.host, state, fieldsOf("options", options));
  }

  /** Serializes the process for {@link Processes.resume}. */
  toJSON(): SavedProcess {
    return { version: VERSION, id: this.#id, state: this.#state };
  }

  /** @internal */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `SigningProcess { id: '${this.#id}', state: '${this.#state}' }`;
  }

  #call(call: ConnectionCall): Promise<WireDecodedResponse> {
    const own = { processId: this.#id, state: this.#state, level: this.#model?.signatureLevel };
    return this.#connection.call({ ...call, target: { ...own, ...call.target } });
  }
}

wrapMethods(SigningProcess.prototype);

function parse(saved: unknown): Partial<Record<keyof SavedProcess, unknown>> {
  try {
    return Object(typeof saved === "string" ? JSON.parse(saved) : saved) as object;
  } catch (cause) {
    const message =
      "invalid saved process: expected the text of `JSON.stringify(process)`; to continue with an " +
      "identifier, call `processes.get(id)`";
    throw Object.assign(configurationError(message), { cause });
  }
}
