// Reads and checks arguments. A getter, proxy or conversion of the caller can throw; the package
// then throws a `SignError` with that error as its cause.

import { configurationError } from "./environment.js";
import { SignError, ValidationError, type Problem, type ProblemInput } from "./errors.js";
import type { CallOptions } from "./deadline.js";

/** Maximum length, in UTF-16 units, of a text that is copied into wasm memory, which never shrinks. */
export const MAX_TEXT_LENGTH = 2 ** 26;
/** Maximum length of a name, an identifier, a header or a token. */
const MAX_STRING_LENGTH = 2 ** 16;

/** Wraps what the caller's value threw; errors of this package stay as they are. */
export function ensureSignError(error: unknown): unknown {
  if (error instanceof SignError || isTrap(error)) return error;
  return Object.assign(
    configurationError("invalid argument: a getter or callback threw an error; see `cause`"),
    {
      cause: error,
    },
  );
}

/** A trap is a bug of this package: it is not reported as the caller's error. */
function isTrap(error: unknown): boolean {
  try {
    return error instanceof WebAssembly.RuntimeError;
  } catch {
    return false;
  }
}

/**
 * Wraps the methods of an object, so that they throw and reject with errors of this package only. The
 * wrappers have the names of the methods, for stack traces.
 */
export function wrapMethods<T extends object>(target: T): T {
  for (const name of Reflect.ownKeys(target)) {
    const descriptor = Object.getOwnPropertyDescriptor(target, name);
    const inner: unknown = descriptor?.value;
    if (name === "constructor" || typeof inner !== "function") continue;
    const wrapper: Record<PropertyKey, unknown> = {
      [name](this: unknown, ...args: unknown[]): unknown {
        try {
          const out: unknown = inner.apply(this, args);
          return out instanceof Promise ? out.catch(rethrow) : out;
        } catch (error) {
          throw ensureSignError(error);
        }
      },
    };
    Object.defineProperty(target, name, { ...descriptor, value: wrapper[name] });
  }
  return target;
}

function rethrow(error: unknown): never {
  throw ensureSignError(error);
}

/** Copies the fields of an options object. Null values are dropped; absent options are `{}`. */
export function readOptions<T extends object>(
  name: string,
  given: T | null | undefined,
): Partial<T> {
  if (given === undefined || given === null) return {};
  if (typeof given !== "object") throw configurationError(`${name} must be an object`);
  try {
    const present = Object.entries(given).filter(([, value]) => value !== null);
    return Object.fromEntries(present) as Partial<T>;
  } catch (error) {
    throw ensureSignError(error);
  }
}

/** The names of all options of a type; it compiles only if none is missing. */
export type OptionNames<T> = Record<keyof T, true>;

/** Rejects unknown options: a misspelled one would be ignored. */
export function checkOptionNames(what: string, given: object, known: Record<string, true>): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(known, name)) continue;
    const names = Object.keys(known);
    const near = names.find((other) => isSimilar(name.slice(0, 64), other));
    const hint = near === undefined ? `expected ${names.join(", ")}` : `use \`${near}\``;
    throw configurationError(`unknown ${what} \`${name.slice(0, 64)}\`: ${hint}`);
  }
}

/** Whether one name contains the other, or they differ in at most two letters. */
function isSimilar(given: string, known: string): boolean {
  const [a, b] = [given.toLowerCase(), known.toLowerCase()];
  if (a.length > 2 && (a.includes(b) || b.includes(a))) return true;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return (row[b.length] ?? 0) <= 2;
}

const CALL_OPTIONS: OptionNames<CallOptions> = {
  signal: true,
  timeoutMs: true,
  maxRetries: true,
  headers: true,
};

export function readCallOptions(given: CallOptions | null | undefined): CallOptions {
  const options = readOptions("options", given);
  checkOptionNames("option", options, CALL_OPTIONS);
  const { signal, timeoutMs, maxRetries, headers } = options;
  if (maxRetries !== undefined && !(typeof maxRetries === "number" && maxRetries >= 0)) {
    throw configurationError("maxRetries must be a number, 0 or more");
  }
  return { signal, timeoutMs, maxRetries, headers };
}

/** Alternating names and values, from a plain object, `Headers`, a map or pairs. */
export function readHeaders(headers: unknown): string[] {
  if (headers === undefined || headers === null) return [];
  if (typeof headers !== "object") throw configurationError("headers must be an object");
  try {
    const iterable = (headers as Partial<Iterable<unknown>>)[Symbol.iterator] !== undefined;
    const pairs = iterable ? (headers as Iterable<unknown[]>) : Object.entries(headers);
    const out: string[] = [];
    for (const [name, value] of pairs) {
      out.push(requireString("a header", name), requireString("a header", value));
      if (out.length > 200) throw configurationError("too many headers: maximum 100");
    }
    return out;
  } catch (error) {
    throw ensureSignError(error);
  }
}

/** A string of bounded length; a number is converted. */
export function requireString(name: string, value: unknown): string {
  const text = typeof value === "number" ? `${value}` : value;
  if (typeof text === "string" && text.length <= MAX_STRING_LENGTH) return text;
  throw configurationError(`${name} must be a string of at most ${MAX_STRING_LENGTH} characters`);
}

/** An identifier. The core checks its format. */
export function requireId(operation: string, name: string, value: unknown): string {
  // The core rejects it by its first 256 characters, without a copy of a very long one.
  if (typeof value === "string") return value.slice(0, 256);
  throw invalidRequest(operation, [
    { path: `$.${name}`, code: "type", message: "must be a string" },
  ]);
}

/** Validation error with the same message as the core's. */
export function invalidRequest(
  operation: string,
  given: readonly ProblemInput[],
  details: { processId?: string; cause?: unknown } = {},
): SignError {
  const problems = given.map((problem): Problem => ({ severity: "error", ...problem }));
  const errors = problems.filter(isError);
  const [first] = errors;
  const more = errors.length - 1;
  const rest = more > 0 ? ` (and ${more} more problem${more > 1 ? "s" : ""})` : "";
  const message = `invalid request: ${operation} was not sent: ${first?.path}: ${first?.message}${rest}`;
  return new ValidationError(message, { operation, problems, ...details });
}

/** Whether the problem prevents a call. */
export const isError = (problem: Problem): boolean => problem.severity === "error";
