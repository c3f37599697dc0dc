// Stubs and helpers of the tests, which import the built package by its name.

import { createClient } from "swisscom-sign";

export const ID = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";
export const FILE = "0b9c3c7e-71b5-4c5b-8d0c-1d5b5b1f7c11";
export const API = "https://api.example.com/system";
export const TOKEN = "https://iam.example.com/token";

export const json = (status, body, headers = {}) =>
  new Response(body === undefined ? null : JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });

export const PERSON = { initiator: { type: "PERSON", email: "a@b.ch" } };

export const PDF = new TextEncoder().encode("%PDF-1.4\n%%EOF\n");

/** A fetch that records requests, serves tokens, and responds with `answer`. */
export function stub(answer = () => json(201, { id: ID, status: "CREATED" })) {
  const log = { calls: [], tokens: 0 };
  const fetch = async (request) => {
    if (request.url === TOKEN) {
      log.tokens += 1;
      return json(200, {
        access_token: `token-${log.tokens}`,
        token_type: "Bearer",
        expires_in: 300,
      });
    }
    log.calls.push(request);
    return answer(request, log);
  };
  return { fetch, log };
}

export function client(fetch, more = {}) {
  return createClient({
    environment: { apiUrl: API, tokenUrl: TOKEN },
    credentials: { clientId: "id", clientSecret: "s3cret-canary" },
    maxRetries: 0,
    fetch,
    ...more,
  });
}

/**
 * A virtual clock: jumps to the next timer when no request is pending. `at` collects the times of the
 * requests of the wrapped `fetch`.
 */
export function virtualClock() {
  let now = 0;
  let busy = 0;
  const sleepers = new Set();
  const jump = () => {
    if (busy > 0) return;
    const [next] = [...sleepers].sort((a, b) => a.at - b.at);
    if (next === undefined) return;
    now = Math.max(now, next.at);
    next.wake();
  };
  const later = () => setImmediate(() => setImmediate(jump));
  const at = [];
  return {
    at,
    clock: {
      now: () => now,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          const sleeper = { at: now + ms, wake: () => (sleepers.delete(sleeper), resolve()) };
          if (signal?.aborted) return resolve();
          signal?.addEventListener("abort", sleeper.wake);
          sleepers.add(sleeper);
          later();
        }),
    },
    during: (fetch) => async (request) => {
      busy += 1;
      if (request.url !== TOKEN) at.push(now);
      try {
        return await fetch(request);
      } finally {
        busy -= 1;
        later();
      }
    },
  };
}

/** A process in that state, without a request. */
export async function processIn(state, fetch, more) {
  const sign = await client(fetch, more);
  return sign.processes.resume({ version: 1, id: ID, state });
}

/** The reason of a rejected promise. */
export const rejection = (promise) =>
  promise.then(
    () => {
      throw new Error("it was not rejected");
    },
    (error) => error,
  );
