// What callers pass in, read once and with care: a getter, a proxy or a conversion of theirs can
// throw, and what comes out of this package is always an error of this package.

import { invalid } from "./environment.js";
import { SignError, ValidationError, type Problem } from "./errors.js";
import type { CallOptions } from "./limits.js";

/** Longest text that is brought into the wasm memory, which never shrinks, in UTF-16 units. */
export const LONGEST_TEXT = 2 ** 26;
/** The same for what is a word: a name, an identifier, a header, a token. */
const LONGEST_WORD = 2 ** 16;

/** The error for what a value of the caller's threw; an error of this package as it is. */
export function typed(error: unknown): unknown {
  if (error instanceof SignError || isTrap(error)) return error;
  return Object.assign(invalid("something that was passed in threw an error when it was used"), {
    cause: error,
  });
}

/** A trap is a bug of this package, and says so. */
function isTrap(error: unknown): boolean {
  try {
    return error instanceof WebAssembly.RuntimeError;
  } catch {
    return false;
  }
}

/** The same object; its functions throw and reject with errors of this package only. */
export function guarded<T extends object>(target: T): T {
  for (const name of Reflect.ownKeys(target)) {
    const descriptor = Object.getOwnPropertyDescriptor(target, name);
    const inner: unknown = descriptor?.value;
    if (name === "constructor" || typeof inner !== "function") continue;
    const value = function (this: unknown, ...args: unknown[]): unknown {
      try {
        const out: unknown = inner.apply(this, args);
        return out instanceof Promise ? out.catch(rethrown) : out;
      } catch (error) {
        throw typed(error);
      }
    };
    Object.defineProperty(target, name, { ...descriptor, value });
  }
  return target;
}

function rethrown(error: unknown): never {
  throw typed(error);
}

/** A copy of the fields of an object of the caller's, without those that are null; absent is empty. */
export function fields<T extends object>(name: string, given: T | null | undefined): Partial<T> {
  if (given === undefined || given === null) return {};
  if (typeof given !== "object") throw invalid(`${name} must be an object`);
  try {
    const present = Object.entries(given).filter(([, value]) => value !== null);
    return Object.fromEntries(present) as Partial<T>;
  } catch (error) {
    throw typed(error);
  }
}

/** The options of a call; null is absent. */
export function callOptions(given: CallOptions | null | undefined): CallOptions {
  const { signal, timeoutMs, maxRetries, headers } = fields("options", given);
  if (maxRetries !== undefined && !(typeof maxRetries === "number" && maxRetries >= 0)) {
    throw invalid("maxRetries must be a number, 0 or more");
  }
  return { signal, timeoutMs, maxRetries, headers };
}

/** Names and values in turn, out of an object, a `Headers`, a map or pairs. */
export function headerPairs(headers: unknown): string[] {
  if (headers === undefined || headers === null) return [];
  if (typeof headers !== "object") throw invalid("headers must be an object");
  try {
    const iterable = (headers as Partial<Iterable<unknown>>)[Symbol.iterator] !== undefined;
    const pairs = iterable ? (headers as Iterable<unknown[]>) : Object.entries(headers);
    const out: string[] = [];
    for (const [name, value] of pairs) {
      out.push(word("a header", name), word("a header", value));
      if (out.length > 200) throw invalid("headers must be at most 100");
    }
    return out;
  } catch (error) {
    throw typed(error);
  }
}

/** A short string of the caller's; a number is written as one. */
export function word(name: string, value: unknown): string {
  const text = typeof value === "number" ? `${value}` : value;
  if (typeof text === "string" && text.length <= LONGEST_WORD) return text;
  throw invalid(`${name} must be a string of at most ${LONGEST_WORD} characters`);
}

/** An identifier of the caller's, which must be a string; what it must look like is the core's. */
export function identifier(operation: string, name: string, value: unknown): string {
  // One that is too long is refused by its beginning, without a copy of all of it.
  if (typeof value === "string") return value.slice(0, 256);
  throw invalidRequest(operation, [
    { path: `$.${name}`, code: "type", message: "must be a string" },
  ]);
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
