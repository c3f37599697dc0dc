// Client of the control API (`/_sandbox`), which is exempt from faults.

import type { SandboxFetch } from "./fetch.js";

/** A process: its identifier, or an object with one, such as a `SigningProcess`. */
export type ProcessReference = string | { readonly id: string };

/** The sandbox rejected a request, was closed, or has invalid options. */
export class SandboxError extends Error {
  /** `name` of the control API's error, or `freed`, `invalid_options` or `no_message`. */
  readonly code: string;
  /** HTTP status of the error. */
  readonly status: number | undefined;

  constructor(
    message: string,
    options: { code: string; status?: number | undefined; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SandboxError";
    this.code = options.code;
    this.status = options.status;
  }
}

/** Query parameters; those that are `undefined` are omitted. @internal */
export type ControlQuery = Record<string, string | number | undefined>;

/** Client of one sandbox's control API. @internal */
export class ControlClient {
  readonly #fetch: SandboxFetch;
  readonly #url: string;
  readonly #adminToken: string | undefined;

  constructor(fetch: SandboxFetch, url: string, adminToken?: string) {
    this.#fetch = fetch;
    this.#url = url;
    this.#adminToken = adminToken;
  }

  /** Sends a request; resolves to the response text. */
  async text(
    method: string,
    path: string,
    body?: unknown,
    query: ControlQuery = {},
  ): Promise<string> {
    const url = new URL(`${this.#url}/_sandbox${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers: Record<string, string> = {};
    if (this.#adminToken !== undefined) headers.authorization = `Bearer ${this.#adminToken}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const sent = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
    const response = await this.#fetch(url, { method, headers, body: sent });
    const text = await response.text();
    if (response.ok) return text;
    throw controlError(`${method} ${url.pathname}`, response.status, text);
  }

  /** Sends a request; resolves to the parsed response. */
  async json<T>(method: string, path: string, body?: unknown, query?: ControlQuery): Promise<T> {
    const text = await this.text(method, path, body, query);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}

function controlError(call: string, status: number, text: string): SandboxError {
  let body: { name?: string | undefined; message?: string | undefined } = {};
  try {
    body = JSON.parse(text) as typeof body;
  } catch {
    // No JSON body, for example for 401.
  }
  const { name = "refused", message = "" } = body;
  return new SandboxError(`${call}: ${status} ${name} ${message}`.trim(), { code: name, status });
}

/** The identifier of a process, encoded for a path. @internal */
export function processIdOf(process: ProcessReference): string {
  return encodeURIComponent(typeof process === "string" ? process : process.id);
}
