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
import { withDeadline, type CallOptions } from "./deadline.js";
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
  /** Releases the source. */
  end(): void;
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

export class Connection {
  #engine: InstanceType<ReturnType<typeof wasm>["Engine"]> | undefined;
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
      this.#engine = new (wasm().Engine)(settings, host);
    } catch (error) {
      throw toSignError(error);
    }
  }

  /**
   * Performs an operation. `prepare` gives the text in place of `input`, and what makes a file of
   * it.
   */
  call(
    operation: OperationId,
    target: CallTarget,
    input: unknown,
    given: CallOptions | null | undefined,
    prepare?: (signal: AbortSignal, fail: (error: unknown) => void) => Promise<PreparedCall>,
    onHead?: (abort: AbortController) => void,
  ): Promise<WireDecodedResponse> {
    let options: CallOptions;
    let own: WireCall;
    try {
      options = readCallOptions(given);
      own = { ...target, ...this.#call(options) };
    } catch (error) {
      return Promise.reject(error);
    }
    const { processId } = target;
    const engine = this.#freed ? undefined : this.#engine;
    if (engine === undefined)
      return Promise.reject(configurationError("client closed: create a new one after `free()`"));
    this.#active += 1;
    const large = operation === "attach" || operation === "getFileContent";
    const timeoutMs =
      options.timeoutMs ?? this.#defaults.timeoutMs ?? (large ? FILE_TIMEOUT_MS : TIMEOUT_MS);
    const limits = { signal: options.signal, timeoutMs };
    let call: WireCall = {};
    return withDeadline(limits, { operation, processId }, async (signal, abort) => {
      const begun = performance.now();
      let failed: { error: unknown } | undefined;
      // Abort the request if the source fails, so that a truncated body is never complete.
      const fail = (error: unknown): void => {
        failed ??= { error };
        abort.abort(error);
      };
      const prepared = await prepare?.(signal, fail);
      const text = prepared === undefined ? serializeBody(operation, input) : prepared.text;
      const left = timeoutMs && Math.max(1, timeoutMs - (performance.now() - begun));
      call = { ...own, timeoutMs: left, once: prepared?.once };
      const usable = acceptsSignal(signal) ? signal : undefined;
      try {
        const done = await engine.call(operation, call, text, prepared?.body, usable);
        onHead?.(abort);
        return done as WireDecodedResponse;
      } catch (error) {
        throw failed === undefined ? error : failed.error;
      } finally {
        prepared?.end();
      }
    })
      .catch((error: unknown) => {
        throw outcome(toSignError(error), call);
      })
      .finally(() => {
        this.#active -= 1;
        this.#release();
      });
  }

  /** Whether the client talks to the relay, which accepts files without Base64. */
  get relay(): boolean {
    return this.#defaults.relay ?? false;
  }

  /** See `SigningProcess.check`. */
  check(operation: OperationId, target: CallTarget, text: string | undefined): Problem[] {
    const engine = this.#freed ? undefined : this.#engine;
    if (engine === undefined)
      throw configurationError("client closed: create a new one after `free()`");
    try {
      const call = { ...target, lenient: this.#defaults.lenient };
      return engine.check(operation, call, text) as Problem[];
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
    const engine = this.#engine;
    this.#engine = undefined;
    engine?.free();
  }

  #call(options: CallOptions): WireCall {
    const retries = options.maxRetries ?? this.#defaults.maxRetries;
    return {
      headers: readHeaders(options.headers),
      maxRetries: retries === undefined ? undefined : Math.trunc(retries),
      lenient: this.#defaults.lenient,
    };
  }
}

/** Adds what is known about a write that was aborted, or whose response was lost. */
function outcome(error: unknown, { correlation, sentAt, processId }: WireCall): unknown {
  if (sentAt === undefined || !(error instanceof SignError)) return error;
  const given = error instanceof AbortError;
  if (!given && !(error instanceof TimeoutError || error instanceof UncertainOutcomeError)) {
    return error;
  }
  const type = given ? AbortError : UncertainOutcomeError;
  const late =
    error instanceof TimeoutError
      ? "; the request was sent, so the platform may have performed it"
      : "";
  const { message, operation, attempts } = error;
  const cause = late ? error : error.cause;
  const at = new Date(sentAt).toISOString();
  return new type(message + late, {
    operation,
    processId,
    attempts,
    correlation,
    sentAt: at,
    cause,
  });
}

/** Serializes the caller's input; getters that throw and cycles are validation errors. */
export function serializeBody(operation: string, input: unknown): string | undefined {
  let text: string | undefined;
  try {
    text = JSON.stringify(input) as string | undefined;
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
