// One client's way to the engine: text and limits of a call, its errors, its end.

import { invalid } from "./environment.js";
import { SignError, ValidationError, toSignError, type Problem } from "./errors.js";
import type { OperationId } from "./generated/contract.js";
import { bounded, type CallOptions } from "./limits.js";
import type { Call, Decoded, Host, Settings, Upload } from "./wire.js";
import { wasm } from "./wasm/load.js";

/** Milliseconds that a call may take when nobody says otherwise. */
const TIMEOUT_MS = 60_000;
/** The same for calls that carry a file. */
const FILE_TIMEOUT_MS = 600_000;

/** What a call is about. */
export type Target = Pick<Call, "processId" | "personId" | "fileId" | "state">;

/** What holds for every call of a client. */
export interface Defaults {
  timeoutMs?: number;
  maxRetries?: number;
  /** Whether fields that this version does not know are sent. */
  lenient?: boolean;
  /** Whether the relay answers, and not the platform. */
  relay?: boolean;
}

/** A request whose body is a file. */
export interface FileRequest {
  /** The JSON text that is checked: the file's other fields, with an empty `content`. */
  text: string;
  upload: Upload & { end(): void };
  call: Pick<Call, "once" | "relayFile">;
}

export class Connection {
  #engine: InstanceType<ReturnType<typeof wasm>["Engine"]> | undefined;
  readonly #defaults: Defaults;
  /** Calls under way; the last one lets a freed engine go. */
  #active = 0;
  #freed = false;

  constructor(settings: Settings, host: Host, defaults: Defaults) {
    this.#defaults = defaults;
    try {
      this.#engine = new (wasm().Engine)(settings, host);
    } catch (error) {
      throw toSignError(error);
    }
  }

  /** Performs an operation. `file` makes a request whose body is a file, in place of `input`. */
  call(
    operation: OperationId,
    target: Target,
    input: unknown,
    given: CallOptions | null | undefined,
    file?: (signal: AbortSignal, fail: (error: unknown) => void) => Promise<FileRequest>,
    onHead?: (abort: AbortController) => void,
  ): Promise<Decoded> {
    const options = given ?? {};
    const { processId } = target;
    const engine = this.#freed ? undefined : this.#engine;
    if (engine === undefined) return Promise.reject(invalid("the client was freed"));
    this.#active += 1;
    const large = operation === "attach" || operation === "getFileContent";
    const timeoutMs =
      options.timeoutMs ?? this.#defaults.timeoutMs ?? (large ? FILE_TIMEOUT_MS : TIMEOUT_MS);
    const limits = { signal: options.signal, timeoutMs };
    return bounded(limits, { operation, processId }, async (signal, abort) => {
      let failed: { error: unknown } | undefined;
      // What is wrong with a file ends the request, so that a part of it never looks whole.
      const fail = (error: unknown): void => {
        failed ??= { error };
        abort.abort(error);
      };
      const request = await file?.(signal, fail);
      const text = request === undefined ? toJson(operation, input) : request.text;
      const call: Call = { ...target, ...this.#call(options), ...request?.call };
      const usable = acceptsSignal(signal) ? signal : undefined;
      try {
        const done = (await engine.call(operation, call, text, request?.upload, usable)) as Decoded;
        onHead?.(abort);
        return done;
      } catch (error) {
        throw failed === undefined ? toSignError(error) : failed.error;
      } finally {
        request?.upload.end();
      }
    }).finally(() => {
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
    try {
      const call = { ...target, lenient: this.#defaults.lenient };
      return wasm().checkCall(operation, call, text) as Problem[];
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
      headers: Object.entries(options.headers ?? {}).flatMap(([name, value]) => [name, `${value}`]),
      maxRetries: retries === undefined ? undefined : Math.max(0, Math.trunc(Number(retries)) || 0),
      lenient: this.#defaults.lenient,
    };
  }
}

/** The JSON text of what a caller passed in; getters and cycles are the caller's own errors. */
export function toJson(operation: string, input: unknown): string | undefined {
  try {
    return JSON.stringify(input) as string | undefined;
  } catch (cause) {
    const problems = [{ path: "$", code: "syntax", message: "cannot be written as JSON" } as const];
    throw invalidRequest(operation, problems, { cause });
  }
}

/** The error for these problems, worded as the core words its own. */
export function invalidRequest(
  operation: string,
  problems: readonly Problem[],
  more: { processId?: string; cause?: unknown } = {},
): SignError {
  const [first] = problems;
  const rest = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  const message = `${operation} was not sent: ${first?.path}: ${first?.message}${rest}`;
  return new ValidationError(message, { operation, problems: [...problems], ...more });
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
