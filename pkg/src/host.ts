// What the engine borrows from JavaScript: fetch, the caller's token, timers, clocks. Whatever
// `fetch` resolves to is made into one shape here, and whatever it rejects with is freed of secrets.

import { word } from "./guard.js";
import { quietly, sleep } from "./limits.js";
import { sendFile } from "./send.js";
import type { Answer, FetchResponse, Host } from "./wire.js";

export type { FetchResponse };

/** `fetch`, the global one or one like it. It is called with one `Request`. */
export type Fetch = (request: Request) => Promise<FetchResponse>;

/** Where log lines go; `console` is one. They never hold a secret, a token or a body. */
export interface Logger {
  debug?(message: string): void;
  warn?(message: string): void;
}

/** A request about to be sent. */
export interface RequestEvent {
  /** `operationId` of the contract, or `token`. */
  operation: string;
  method: string;
  url: string;
  /** From 1. */
  attempt: number;
  /** Values of `authorization` and of all that may be a secret by their name are masked. */
  headers: Record<string, string>;
}

/** An answer that came. */
export interface ResponseEvent {
  operation: string;
  method: string;
  url: string;
  attempt: number;
  status: number;
  /** Milliseconds until its head was there. */
  durationMs: number;
}

/** Time as a client sees it: pauses and ages are taken from it. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Resolves after so many milliseconds, or as soon as the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface HostOptions {
  fetch?: Fetch;
  clock?: Clock;
  accessToken?: () => string | Promise<string>;
  logger?: Logger;
  onRequest?: (event: RequestEvent) => void;
  onResponse?: (event: ResponseEvent) => void;
}

export function createHost(options: HostOptions): Host {
  const { logger, onRequest, onResponse, clock } = options;
  // Looked up at each call: a test may replace the global one later.
  const send: Fetch = options.fetch ?? ((request) => globalThis.fetch(request));
  const now = (): number => (clock ?? globalThis.performance).now();
  const debug = (line: string): void => quietly((text) => logger?.debug?.(text), line);
  // A hook that throws must not change what happens to the call.
  const tell = <E>(hook: ((event: E) => void) | undefined, event: E): void => {
    try {
      hook?.(event);
    } catch {
      quietly((text) => logger?.warn?.(text), "swisscom-sign: a hook threw an error");
    }
  };
  return {
    async fetch(request, operation, attempt, secret, upload) {
      const { method, url } = request;
      const begun = now();
      tell(onRequest, { operation, method, url, attempt, headers: maskedHeaders(request.headers) });
      try {
        const answered =
          upload === undefined
            ? send(request)
            : sendFile(request, upload, send, options.fetch !== undefined);
        const answer = toAnswer(await answered, secret);
        const durationMs = Math.round(now() - begun);
        const { status } = answer;
        tell(onResponse, { operation, method, url, attempt, status, durationMs });
        debug(`${operation}: ${method} ${url} answered ${status} in ${durationMs} ms`);
        return answer;
      } catch (error) {
        debug(`${operation}: ${method} ${url} was not answered`);
        throw withoutSecret(error, secret);
      }
    },
    async accessToken() {
      return word("the token", (await options.accessToken?.()) ?? "");
    },
    sleep: (ms, signal) => clock?.sleep(ms, signal) ?? sleep(ms, signal),
    monotonic: now,
    wall: () => Date.now(),
    random: () => Math.random(),
    correlation,
  };
}

/** 32 hexadecimal digits. It need not be secret, only unlike any other. */
function correlation(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Headers of the caller's own whose values are not for a log. */
const SECRET_NAME = /auth|cookie|key|secret|token|password|session/i;

function maskedHeaders(headers: Headers): Record<string, string> {
  const out: Record<string, string> = {};
  headers.forEach((value, name) => {
    out[name] = SECRET_NAME.test(name) ? "[masked]" : value;
  });
  return out;
}

/** Mocks answer with plain objects; what is missing is taken for absent. */
function toAnswer(raw: FetchResponse, secret: string): Answer {
  const status = Number(raw.status);
  return {
    status: Number.isInteger(status) && status >= 0 && status < 1000 ? status : 0,
    contentType: header(raw, "content-type"),
    retryAfter: header(raw, "retry-after"),
    date: header(raw, "date"),
    raw,
    async text() {
      try {
        const text = await textOf(raw);
        // Only what fails becomes an error; a token may well hold what it was made from.
        return raw.status >= 200 && raw.status < 300 ? text : masked(text, secret);
      } catch (error) {
        throw withoutSecret(error, secret);
      }
    },
  };
}

async function textOf(raw: FetchResponse): Promise<string> {
  if (typeof raw.text === "function") return String(await raw.text());
  if (typeof raw.json === "function") return JSON.stringify(await raw.json()) ?? "";
  return typeof raw.body === "string" ? raw.body : "";
}

/** A server that sends our own secret back must not bring it into an error. */
function masked(text: string, secret: string): string {
  return secret === "" ? text : text.replaceAll(secret, "[masked]");
}

/** A header of an answer, whose headers may be `Headers`, a map or a plain object. */
export function header(raw: FetchResponse, name: string): string | undefined {
  const headers = raw.headers;
  if (typeof headers !== "object" || headers === null) return undefined;
  const lookup = (headers as { get?: unknown }).get;
  if (typeof lookup === "function") {
    const value: unknown = lookup.call(headers, name);
    return value === null || value === undefined ? undefined : String(value);
  }
  const entry = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
  return entry === undefined ? undefined : String(entry[1]);
}

/** The same error, unless it holds the secret or the request that does: then a bare copy. */
function withoutSecret(error: unknown, secret: string): unknown {
  try {
    return holds(error, secret, new Set()) ? bareCopy(error, secret) : error;
  } catch {
    // A proxy that lets nobody look: whoever prints the error would fail at it.
    return new Error("what was thrown cannot be read");
  }
}

function bareCopy(error: unknown, secret: string): Error {
  const { name, message, code } = Object(error) as Record<"name" | "message" | "code", unknown>;
  const text = typeof error === "string" ? error : String(message ?? "");
  const copy = new Error(text.replaceAll(secret, "[masked]"));
  copy.stack = `${copy.name}: ${copy.message}`;
  if (typeof name === "string") copy.name = name.replaceAll(secret, "[masked]");
  if (typeof code === "string" && !code.includes(secret)) Object.assign(copy, { code });
  return copy;
}

function holds(value: unknown, secret: string, seen: Set<unknown>): boolean {
  if (typeof value === "string") return value.includes(secret);
  const readable = typeof value === "object" || typeof value === "function";
  if (!readable || value === null || seen.has(value)) return false;
  // Clients hang their request, and with it the token, on their errors.
  if (value instanceof Request || value instanceof Headers || seen.size >= 500) return true;
  seen.add(value);
  for (const key of Reflect.ownKeys(value)) {
    try {
      if (holds((value as Record<PropertyKey, unknown>)[key], secret, seen)) return true;
    } catch {
      return true;
    }
  }
  return false;
}
