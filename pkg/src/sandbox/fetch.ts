// `fetch` of a sandbox in this process. Connection faults are applied to the `Response`; errors and
// `redirect: "manual"` behave as in Node's `fetch`.

import { sleep } from "../deadline.js";
import { monotonicNow } from "../real-time.js";
import type { WasmExchange, WasmPlatform, WasmResponse } from "./glue.js";

/** Compatible with the global `fetch`. */
export type SandboxFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 20;
const WITHOUT_BODY = new Set([204, 205, 304]);

/** Errors of Node's fetch, by connection fault. */
const FAILURES: Record<string, { message: string; code: string }> = {
  closed: { message: "other side closed", code: "UND_ERR_SOCKET" },
  reset: { message: "read ECONNRESET", code: "ECONNRESET" },
  garbage: {
    message: "Response does not match the HTTP/1.1 protocol",
    code: "HPE_INVALID_CONSTANT",
  },
};

function failure(message: string, how: string): TypeError {
  const { message: text, code } = FAILURES[how] ?? { message: how, code: "" };
  return new TypeError(message, { cause: Object.assign(new Error(text), { code }) });
}

/** Wakes pending long polls. */
class Notifier {
  #notify: () => void = () => {};
  #notified: Promise<void> = Promise.resolve();

  constructor() {
    this.notify();
  }

  /** Resolves at the next notification. */
  get notified(): Promise<void> {
    return this.#notified;
  }

  notify(): void {
    this.#notify();
    this.#notified = new Promise((resolve) => (this.#notify = resolve));
  }
}

interface Outgoing {
  method: string;
  url: URL;
  headers: Headers;
  body: Uint8Array;
  signal: AbortSignal;
}

/** A `fetch` for URLs of `origin`. `platform` throws after `free`. @internal */
export function createSandboxFetch(platform: () => WasmPlatform, origin: string): SandboxFetch {
  const notifier = new Notifier();

  async function send(request: Outgoing): Promise<Response> {
    const { method, url, headers, body, signal } = request;
    const host = platform();
    const oversized = body.length > host.maxBody(url.pathname);
    const kept = oversized ? new Uint8Array() : body;
    const pairs = [...headers].flat();
    const exchange = host.receive(
      method,
      url.pathname,
      url.search.slice(1),
      pairs,
      kept,
      oversized,
    );
    try {
      return await answer(exchange, method, signal);
    } finally {
      exchange.free();
    }
  }

  async function answer(
    exchange: WasmExchange,
    method: string,
    signal: AbortSignal,
  ): Promise<Response> {
    const latency = exchange.latencyMs();
    if (latency > 0) await sleep(latency, signal);
    const until = monotonicNow() + exchange.waitMs();
    for (;;) {
      signal.throwIfAborted();
      platform();
      // Subscribe before checking, so that no notification is missed.
      const { notified } = notifier;
      const found = exchange.answer();
      try {
        const left = until - monotonicNow();
        if (!found.isNothingYet()) notifier.notify();
        if (!found.isNothingYet() || left <= 0) return toResponse(found, method, signal);
        await firstOf(notified, left, signal);
      } finally {
        found.free();
      }
    }
  }

  return async (input, init) => {
    const request = new Request(input, init);
    const { redirect, signal } = request;
    signal.throwIfAborted();
    let outgoing: Outgoing = {
      method: request.method,
      url: served(request.url, origin),
      headers: request.headers,
      body: new Uint8Array(await request.arrayBuffer()),
      signal,
    };
    for (let redirects = 0; ; redirects += 1) {
      const response = await send(outgoing);
      const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
      if (location === null || redirect === "manual") {
        // Fields that the Response constructor cannot set.
        Object.defineProperties(response, {
          url: { value: withoutFragment(outgoing.url) },
          redirected: { value: redirects > 0 },
        });
        return response;
      }
      if (redirect === "error" || redirects === MAX_REDIRECTS) {
        throw failure("fetch failed", "unexpected redirect");
      }
      outgoing = redirected(outgoing, response.status, served(location, origin, outgoing.url));
    }
  };
}

/** The request after a redirect (Fetch standard, HTTP-redirect fetch). */
function redirected(request: Outgoing, status: number, url: URL): Outgoing {
  const { method } = request;
  const becomesGet = (status === 303 && method !== "HEAD") || (status < 303 && method === "POST");
  if (!becomesGet) return { ...request, url };
  const headers = new Headers(request.headers);
  for (const name of [...headers.keys()]) if (name.startsWith("content-")) headers.delete(name);
  return { ...request, url, method: "GET", headers, body: new Uint8Array() };
}

function served(text: string, origin: string, base?: URL): URL {
  const url = new URL(text, base);
  if (url.origin === origin) return url;
  throw new TypeError(
    `wrong origin ${url.origin}: the sandbox serves ${origin}` +
      (base === undefined ? "" : '; to see this redirect, use redirect: "manual"'),
  );
}

function withoutFragment(url: URL): string {
  return url.href.slice(0, url.href.length - url.hash.length);
}

/** Waits for the notification, the timeout or the signal. */
async function firstOf(notified: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const end = (): void => over.abort();
  signal.addEventListener("abort", end);
  try {
    await Promise.race([notified, sleep(ms, over.signal)]);
  } finally {
    signal.removeEventListener("abort", end);
    over.abort();
  }
}

function toResponse(answer: WasmResponse, method: string, signal: AbortSignal): Response {
  const lost = answer.lost();
  if (lost !== undefined) throw failure("fetch failed", lost);
  const status = answer.status();
  const headers = new Headers();
  const pairs = answer.headers();
  for (let at = 0; at + 1 < pairs.length; at += 2) headers.append(pairs[at]!, pairs[at + 1]!);
  if (WITHOUT_BODY.has(status)) headers.delete("content-length");
  const empty = method === "HEAD" || WITHOUT_BODY.has(status);
  return new Response(empty ? null : bodyOf(answer, signal), { status, headers });
}

function bodyOf(answer: WasmResponse, signal: AbortSignal): BodyInit {
  const bytes = answer.body();
  const size = answer.pieceSize();
  if (size === undefined) return bytes;
  const cutAfter = answer.cutAfter();
  const pause = answer.pauseMs();
  let sent = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (sent === bytes.length && sent !== cutAfter) return controller.close();
        await sleep(pause, signal);
        if (signal.aborted) return controller.error(signal.reason);
        if (sent === cutAfter) return controller.error(failure("terminated", "closed"));
        const piece = bytes.slice(sent, sent + size);
        sent += piece.length;
        controller.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
}
