// One client's way to the engine: text and limits of a call, its errors, its end.

import { invalid } from "./environment.js";
import {
  AbortError,
  SignError,
  TimeoutError,
  UncertainOutcomeError,
  toSignError,
  type Problem,
} from "./errors.js";
import type { OperationId } from "./generated/contract.js";
import { LONGEST_TEXT, callOptions, headerPairs, invalidRequest } from "./guard.js";
import { bounded, type CallOptions } from "./limits.js";
import type { Call, Decoded, Host, Settings, Upload } from "./wire.js";
import { wasm } from "./wasm/load.js";

export { invalidRequest };

/** Milliseconds that a call may take when nobody says otherwise. */
const TIMEOUT_MS = 60_000;
/** The same for calls that carry a file. */
const FILE_TIMEOUT_MS = 600_000;

/** What a call is about. */
export type Target = Pick<
  Call,
  "processId" | "personId" | "fileId" | "state" | "level" | "process"
>;

/** A request whose body is a file. */
export interface Prepared {
  /** JSON text of the other fields, which is checked; `content` is last, and empty. */
  text: string;
  /** Makes the upload out of the text that is to be sent. */
  body: (text: string) => Upload;
  /** Whether that can be sent only once. */
  once: boolean;
  /** Lets go of the source. */
  end(): void;
}

/** What holds for every call of a client. */
export interface Defaults {
  timeoutMs?: number;
  maxRetries?: number;
  /** Whether fields that this version does not know are sent. */
  lenient?: boolean;
  /** Whether the relay answers, and not the platform. */
  relay?: boolean;
}

export class Connection {
  #engine: InstanceType<ReturnType<typeof wasm>["Engine"]> | undefined;
  readonly #defaults: Defaults;
  /** Time and chance, for those who wait. */
  readonly host: Host;
  /** Calls under way; the last one lets a freed engine go. */
  #active = 0;
  #freed = false;

  constructor(settings: Settings, host: Host, defaults: Defaults) {
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
    target: Target,
    input: unknown,
    given: CallOptions | null | undefined,
    prepare?: (signal: AbortSignal, fail: (error: unknown) => void) => Promise<Prepared>,
    onHead?: (abort: AbortController) => void,
  ): Promise<Decoded> {
    let options: CallOptions;
    let own: Call;
    try {
      options = callOptions(given);
      own = { ...target, ...this.#call(options) };
    } catch (error) {
      return Promise.reject(error);
    }
    const { processId } = target;
    const engine = this.#freed ? undefined : this.#engine;
    if (engine === undefined) return Promise.reject(invalid("the client was freed"));
    this.#active += 1;
    const large = operation === "attach" || operation === "getFileContent";
    const timeoutMs =
      options.timeoutMs ?? this.#defaults.timeoutMs ?? (large ? FILE_TIMEOUT_MS : TIMEOUT_MS);
    const limits = { signal: options.signal, timeoutMs };
    let call: Call = {};
    return bounded(limits, { operation, processId }, async (signal, abort) => {
      const begun = performance.now();
      let failed: { error: unknown } | undefined;
      // What is wrong with a file ends the request, so that a part of it never looks whole.
      const fail = (error: unknown): void => {
        failed ??= { error };
        abort.abort(error);
      };
      const prepared = await prepare?.(signal, fail);
      const text = prepared === undefined ? toJson(operation, input) : prepared.text;
      const left = timeoutMs && Math.max(1, timeoutMs - (performance.now() - begun));
      call = { ...own, timeoutMs: left, once: prepared?.once };
      const usable = acceptsSignal(signal) ? signal : undefined;
      try {
        const done = await engine.call(operation, call, text, prepared?.body, usable);
        onHead?.(abort);
        return done as Decoded;
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

  /** Whether the relay answers, which takes a file as it is. */
  get relay(): boolean {
    return this.#defaults.relay ?? false;
  }

  /** Every problem that would keep a request from being sent; see `SigningProcess.check`. */
  check(operation: OperationId, target: Target, text: string | undefined): Problem[] {
    const engine = this.#freed ? undefined : this.#engine;
    if (engine === undefined) throw invalid("the client was freed");
    try {
      const call = { ...target, lenient: this.#defaults.lenient };
      return engine.check(operation, call, text) as Problem[];
    } catch (error) {
      throw toSignError(error);
    }
  }

  /** Lets the engine go. Calls under way finish; later ones are refused. */
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

  #call(options: CallOptions): Call {
    const retries = options.maxRetries ?? this.#defaults.maxRetries;
    return {
      headers: headerPairs(options.headers),
      maxRetries: retries === undefined ? undefined : Math.trunc(retries),
      lenient: this.#defaults.lenient,
    };
  }
}

/** What is known of a write that was given up before its answer came, or whose answer was lost. */
function outcome(error: unknown, { correlation, sentAt, processId }: Call): unknown {
  if (sentAt === undefined || !(error instanceof SignError)) return error;
  const given = error instanceof AbortError;
  if (!given && !(error instanceof TimeoutError || error instanceof UncertainOutcomeError)) {
    return error;
  }
  const type = given ? AbortError : UncertainOutcomeError;
  const late = error instanceof TimeoutError ? "; it was sent, and may have been performed" : "";
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

/** The JSON text of what a caller passed in; getters and cycles are the caller's own errors. */
export function toJson(operation: string, input: unknown): string | undefined {
  let text: string | undefined;
  try {
    text = JSON.stringify(input) as string | undefined;
  } catch (cause) {
    const problems = [{ path: "$", code: "syntax", message: "cannot be written as JSON" } as const];
    throw invalidRequest(operation, problems, { cause });
  }
  if (text === undefined || text.length <= LONGEST_TEXT) return text;
  const message = `has more than ${LONGEST_TEXT} characters`;
  throw invalidRequest(operation, [{ path: "$", code: "too_long", message }]);
}

let accepts: boolean | undefined;

/** Test environments bring an `AbortSignal` of their own that the runtime's `Request` refuses. */
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
