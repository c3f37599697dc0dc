// The calls of one client: request text, deadline, errors, and the lifetime of the wasm client.

import { configurationError } from "./environment.js";
import {
  AbortError,
  SignError,
  TimeoutError,
  toSignError,
  UncertainOutcomeError,
  type Problem,
} from "./errors.js";
import type { OperationId } from "./generated/contract.js";
import { invalidRequest, MAX_TEXT_LENGTH, readCallOptions, readHeaders } from "./arguments.js";
import { withPayloadText } from "./process-input.js";
import { withDeadline, type CallOptions } from "./deadline.js";
import { monotonicNow } from "./real-time.js";
import type {
  ClientHost,
  WireCall,
  WireDecodedResponse,
  WireSettings,
  WireUpload,
} from "./wire.js";
import { wasm } from "./wasm/load.js";

export { invalidRequest };

/** Default timeouts: of a call, and of a call that transfers a file. */
const TIMEOUT_MS = 60_000;
const FILE_TIMEOUT_MS = 600_000;

/** The resources that a call refers to. */
export type CallTarget = Pick<
  WireCall,
  "processId" | "personId" | "fileId" | "state" | "level" | "process"
>;

/** The request of an upload. */
export interface PreparedCall {
  /** JSON text of the other fields, for the checks; `content` is last, and empty. */
  text: string;
  /** Creates the upload from the text to send, which can have more fields than `text`. */
  body: (text: string) => WireUpload;
  /** Whether the source can be read only once. */
  once: boolean;
}

/** Defaults of a client's calls. */
export interface CallDefaults {
  timeoutMs?: number;
  maxRetries?: number;
  /** Whether fields unknown to this version are sent. */
  lenient?: boolean;
  /** Whether the client talks to the relay. */
  relay?: boolean;
}

type WasmClient = InstanceType<ReturnType<typeof wasm>["WasmClient"]>;

/** A call of {@link Connection}. */
export interface ConnectionCall {
  operation: OperationId;
  target?: CallTarget;
  /** Input of the operation, serialized as JSON. */
  input?: unknown;
  options?: CallOptions | null;
  /** Prepares an upload, in place of `input`. */
  prepare?: (signal: AbortSignal, fail: (error: unknown) => void) => Promise<PreparedCall>;
  /** Receives the controller that aborts the body of the response, and the timeout that applies. */
  onHead?: (abort: AbortController, timeoutMs: number) => void;
}

/** The attempts of a call; for a write that may have been performed, when it was sent and its search key. */
interface SentRequest {
  attempts: number;
  at?: number;
  correlation?: string;
}

export class Connection {
  #client: WasmClient | undefined;
  readonly #defaults: CallDefaults;
  /** Clock, timers and random numbers. */
  readonly host: ClientHost;
  /** Pending calls: after `free`, the last of them releases the wasm client. */
  #active = 0;
  #freed = false;

  constructor(settings: WireSettings, host: ClientHost, defaults: CallDefaults) {
    this.#defaults = defaults;
    this.host = host;
    try {
      this.#client = new (wasm().WasmClient)(settings, host);
    } catch (error) {
      throw toSignError(error);
    }
  }

  async call(request: ConnectionCall): Promise<WireDecodedResponse> {
    const { operation, target = {}, input, prepare, onHead } = request;
    const {
      signal,
      timeoutMs = this.#timeoutMs(operation),
      ...options
    } = readCallOptions(request.options);
    const { processId } = target;
    const wireCall = { ...target, ...this.#wireOptions(options) };
    const client = this.#open();
    const sent: SentRequest = { attempts: 0 };
    const onSent = (attempts: number, at?: number, correlation?: string): void =>
      void Object.assign(sent, { attempts, at, correlation });
    this.#active += 1;
    let stopped = false;
    try {
      const limits = { signal, timeoutMs };
      return await withDeadline(limits, { operation, processId }, async (signal, abort) => {
        const begun = monotonicNow();
        let failed: { error: unknown } | undefined;
        // Abort the request if the source fails, so that a truncated body is never complete.
        const fail = (error: unknown): void => {
          failed ??= { error };
          abort.abort(error);
        };
        const prepared = await prepare?.(signal, fail);
        const text = prepared === undefined ? serializeBody(operation, input) : prepared.text;
        const left = timeoutMs && Math.max(1, timeoutMs - (monotonicNow() - begun));
        const call = { ...wireCall, timeoutMs: left, once: prepared?.once };
        const usable = acceptsSignal(signal) ? signal : undefined;
        try {
          const done = await client.call(operation, call, text, prepared?.body, onSent, usable);
          onHead?.(abort, timeoutMs);
          return done as WireDecodedResponse;
        } catch (error) {
          throw failed === undefined ? error : failed.error;
        }
      });
    } catch (error) {
      const converted = toSignError(error);
      stopped = converted instanceof AbortError || converted instanceof TimeoutError;
      throw withSent(converted, sent, processId);
    } finally {
      this.#active -= 1;
      // Calls share a token request: it ends with the last of them.
      if (stopped && this.#active === 0) client.abandonTokens();
      this.#release();
    }
  }

  /** Whether the client talks to the relay, which accepts files without Base64. */
  get relay(): boolean {
    return this.#defaults.relay ?? false;
  }

  /** See `SigningProcess.check`. */
  check(operation: OperationId, target: CallTarget, text: string | undefined): Problem[] {
    const client = this.#open();
    try {
      const call = { ...target, lenient: this.#defaults.lenient };
      return client.check(operation, call, text) as Problem[];
    } catch (error) {
      throw toSignError(error);
    }
  }

  /** Releases the wasm client. Pending calls finish; later calls are rejected. */
  free(): void {
    this.#freed = true;
    this.#release();
  }

  #release(): void {
    if (!this.#freed || this.#active > 0) return;
    const client = this.#client;
    this.#client = undefined;
    // A renewal in the background would keep the process alive.
    client?.abandonTokens();
    client?.free();
  }

  #open(): WasmClient {
    if (!this.#freed && this.#client !== undefined) return this.#client;
    throw configurationError("client closed: create a new one after `free()`");
  }

  #timeoutMs(operation: OperationId): number {
    const large = operation === "attach" || operation === "getFileContent";
    return this.#defaults.timeoutMs ?? (large ? FILE_TIMEOUT_MS : TIMEOUT_MS);
  }

  #wireOptions(options: CallOptions): WireCall {
    const retries = options.maxRetries ?? this.#defaults.maxRetries;
    return {
      headers: readHeaders(options.headers),
      maxRetries: retries === undefined ? undefined : Math.trunc(retries),
      lenient: this.#defaults.lenient,
    };
  }
}

/** Adds what is known about a call that was aborted, or whose response was lost. */
function withSent(error: unknown, sent: SentRequest, processId: string | undefined): unknown {
  if (!(error instanceof SignError)) return error;
  const aborted = error instanceof AbortError;
  const late = error instanceof TimeoutError;
  if (!aborted && !late && !(error instanceof UncertainOutcomeError)) return error;
  const { operation, status, message } = error;
  const { at, correlation } = sent;
  const attempts = Math.max(error.attempts, sent.attempts);
  const more = { operation, processId, attempts, status };
  if (at !== undefined) {
    const note = late ? "; the request was sent, so the platform may have performed it" : "";
    const cause: unknown = late ? error : error.cause;
    const sentAt = new Date(at).toISOString();
    const type = aborted ? AbortError : UncertainOutcomeError;
    return new type(message + note, { ...more, correlation, sentAt, cause });
  }
  if (attempts === error.attempts) return error;
  const cause = error.cause === undefined ? {} : { cause: error.cause };
  return new (aborted ? AbortError : TimeoutError)(message, { ...more, ...cause });
}

/** Serializes the caller's input; getters that throw and cycles are validation errors. */
export function serializeBody(operation: string, input: unknown): string | undefined {
  let text: string | undefined;
  try {
    text = JSON.stringify(operation === "create" ? withPayloadText(input) : input) as
      string | undefined;
  } catch (cause) {
    const problems = [
      { path: "$", code: "syntax", message: "cannot be serialized as JSON" } as const,
    ];
    throw invalidRequest(operation, problems, { cause });
  }
  if (text === undefined || text.length <= MAX_TEXT_LENGTH) return text;
  const message = `too long: maximum ${MAX_TEXT_LENGTH} characters`;
  throw invalidRequest(operation, [{ path: "$", code: "too_long", message }]);
}

let accepts: boolean | undefined;

/** Test environments such as jsdom have an `AbortSignal` that the runtime's `Request` rejects. */
function acceptsSignal(signal: AbortSignal): boolean {
  if (accepts === undefined) {
    try {
      accepts = new Request("http://localhost/", { signal }) !== undefined;
    } catch {
      accepts = false;
    }
  }
  return accepts;
}
