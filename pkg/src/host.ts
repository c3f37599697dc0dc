// Host interface of the wasm client: fetch, token callback, timers and clocks. Responses are
// normalized, and secrets are removed from the errors of `fetch`.

import { requireString } from "./arguments.js";
import { callSafely, sleep } from "./deadline.js";
import { monotonicNow, wallNow } from "./real-time.js";
import { sendFile } from "./send-file.js";
import type { ClientHost, FetchLike, FetchResponseLike, HostResponse } from "./wire.js";

export type { FetchLike, FetchResponseLike };

/** Receives log lines, for example `console`. They never contain a secret, a token or a body. */
export interface Logger {
  debug?(message: string): void;
  warn?(message: string): void;
}

/** A request, before it is sent. */
export interface RequestEvent {
  /** `operationId` of the contract, or `token`. */
  operation: string;
  method: string;
  url: string;
  /** Counts from 1. */
  attempt: number;
  /** Values of `authorization`, and of headers whose name suggests a secret, are masked. */
  headers: Record<string, string>;
}

/** A response. */
export interface ResponseEvent {
  operation: string;
  method: string;
  url: string;
  attempt: number;
  status: number;
  /** Milliseconds until the response head arrived. */
  durationMs: number;
}

/** The clock of a client, for pauses and ages. */
export interface ClientClock {
  /** Monotonic time in milliseconds. */
  now(): number;
  /** Resolves after the delay, or as soon as the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface HostOptions {
  fetch?: FetchLike | undefined;
  clock?: ClientClock | undefined;
  accessToken?: (() => string | Promise<string>) | undefined;
  logger?: Logger | undefined;
  onRequest?: ((event: RequestEvent) => void) | undefined;
  onResponse?: ((event: ResponseEvent) => void) | undefined;
}

export function createHost(options: HostOptions): ClientHost {
  const { logger, onRequest, onResponse, clock } = options;
  // Looked up at each call, because tests replace the global fetch.
  const send: FetchLike = options.fetch ?? ((request) => globalThis.fetch(request));
  const now = (): number => clock?.now() ?? monotonicNow();
  const debug = (line: string): void => callSafely((text) => logger?.debug?.(text), line);
  // An exception in a hook must not affect the call.
  const notify = <E>(hook: ((event: E) => void) | undefined, event: E): void => {
    try {
      hook?.(event);
    } catch {
      callSafely((text) => logger?.warn?.(text), "swisscom-sign: a hook threw an exception");
    }
  };
  return {
    async fetch(request, operation, attempt, secret, upload) {
      const { method, url } = request;
      const begun = now();
      notify(onRequest, {
        operation,
        method,
        url,
        attempt,
        headers: maskedHeaders(request.headers),
      });
      try {
        const sent =
          upload === undefined
            ? send(request)
            : sendFile(request, upload, send, options.fetch !== undefined);
        const response = normalizeResponse(await sent, secret);
        const durationMs = Math.round(now() - begun);
        const { status } = response;
        notify(onResponse, { operation, method, url, attempt, status, durationMs });
        debug(`${operation}: ${method} ${url}: status ${status} after ${durationMs} ms`);
        return response;
      } catch (error) {
        debug(`${operation}: ${method} ${url}: no response`);
        throw withoutSecret(error, secret);
      }
    },
    async accessToken() {
      return requireString("the access token", (await options.accessToken?.()) ?? "");
    },
    sleep: (ms, signal) => clock?.sleep(ms, signal) ?? sleep(ms, signal),
    monotonic: now,
    wall: wallNow,
    random: () => Math.random(),
    correlation,
    warn: (text) => callSafely((line) => logger?.warn?.(line), `swisscom-sign: ${text}`),
  };
}

/** 32 random hexadecimal digits: unique, but not secret. */
function correlation(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Names of headers whose values are not logged. */
const SECRET_NAME = /auth|cookie|key|secret|token|password|session/i;

function maskedHeaders(headers: Headers): Record<string, string> {
  const out: Record<string, string> = {};
  headers.forEach((value, name) => {
    out[name] = SECRET_NAME.test(name) ? "[masked]" : value;
  });
  return out;
}

/** Normalizes a response. Mocks can be plain objects with some of the fields. */
function normalizeResponse(raw: FetchResponseLike, secret: string): HostResponse {
  const status = Number(raw.status);
  return {
    status: Number.isInteger(status) && status >= 0 && status < 1000 ? status : 0,
    contentType: getHeader(raw, "content-type"),
    retryAfter: getHeader(raw, "retry-after"),
    date: getHeader(raw, "date"),
    raw,
    async text() {
      try {
        const text = await textOf(raw);
        // Only error bodies become error messages, and a token response can contain the secret.
        return raw.status >= 200 && raw.status < 300 ? text : masked(text, secret);
      } catch (error) {
        throw withoutSecret(error, secret);
      }
    },
  };
}

async function textOf(raw: FetchResponseLike): Promise<string> {
  if (typeof raw.text === "function") return String(await raw.text());
  if (typeof raw.json === "function") return JSON.stringify(await raw.json()) ?? "";
  return typeof raw.body === "string" ? raw.body : "";
}

/** Masks the secret, which a server could echo in an error body. */
function masked(text: string, secret: string): string {
  return secret === "" ? text : text.replaceAll(secret, "[masked]");
}

/** A response header. `headers` can be `Headers`, a map or a plain object. */
export function getHeader(raw: FetchResponseLike, name: string): string | undefined {
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

/** The error itself, or a copy without references if it contains the secret. */
function withoutSecret(error: unknown, secret: string): unknown {
  try {
    return holds(error, secret, new Set()) ? bareCopy(error, secret) : error;
  } catch {
    // A proxy whose traps throw: printing the error would throw as well.
    return new Error("fetch rejected with an unreadable value");
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
  // HTTP clients attach the request, and with it the token, to their errors.
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
