// Creates a sandbox in this process, or connects to a running one.

import type { SandboxSettings } from "../generated/control.js";
import type { WasmSource } from "../wasm/loader.js";
import type { ClockMode } from "./clock.js";
import { SandboxError } from "./control.js";
import { createSandboxFetch } from "./fetch.js";
import type { WasmPlatform } from "./glue.js";
import { engine } from "./load.js";
import { Sandbox, type SandboxCredentials } from "./sandbox.js";

/** The URL of `environment: "sandbox"`. */
const URL_OF_ENVIRONMENT = "http://127.0.0.1:8480";

/** Options of {@link createSandbox}. */
export interface SandboxOptions {
  /**
   * Origin that the sandbox serves, default `http://127.0.0.1:8480` (`environment: "sandbox"`). With the
   * vendor's origin, a program can be tested with its production configuration.
   */
  url?: string | undefined;
  /** Identifier of the client with every scope, default `sandbox-org-a`. */
  clientId?: string | undefined;
  /** Secret of that client, default random. */
  clientSecret?: string | undefined;
  /** Initial data, also after a reset: no processes (default), or some in every state. */
  initialData?: "none" | "demo" | undefined;
  /** Seed of all identifiers, for repeatable runs. */
  rngSeed?: number | undefined;
  /** Initial clock mode, default real time. */
  clock?: ClockMode | undefined;
  settings?: { [K in keyof SandboxSettings]?: SandboxSettings[K] | undefined } | undefined;
  /** The module (`dist/swisscom_sign_sandbox.wasm`), for runtimes that do not allow compiling bytes. */
  wasm?: WasmSource | undefined;
}

/**
 * Creates a sandbox inside this process, without a port and without persistence.
 *
 * @example
 * const sandbox = await createSandbox();
 * const sign = await createClient({
 *   environment: "sandbox",
 *   credentials: sandbox.credentials,
 *   fetch: sandbox.fetch,
 * });
 *
 * @throws {@link SandboxError} `invalid_options`, and `WasmLoadError`.
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { wasm, url: asked = URL_OF_ENVIRONMENT, ...rest } = options;
  const url = originOf(asked);
  const text = JSON.stringify({ ...rest, url });
  await engine.load(wasm);
  let platform: WasmPlatform | undefined;
  try {
    const random = crypto.getRandomValues(new Uint8Array(32));
    platform = new (engine.functions().WasmPlatform)(text, random);
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const [clientId = "", clientSecret = ""] = platform.credentials();
  const alive = (): WasmPlatform => {
    if (platform !== undefined) return platform;
    throw new SandboxError("sandbox closed: create a new one after `free()`", { code: "freed" });
  };
  return Sandbox.of({
    url,
    fetch: createSandboxFetch(alive, url),
    credentials: { clientId, clientSecret },
    free() {
      platform?.free();
      platform = undefined;
    },
  });
}

/** A running sandbox: the JSON line that `swisscom-sign-sandbox serve` prints. */
export interface SandboxConnection extends SandboxCredentials {
  /** Origin of the sandbox. */
  url: string;
  /** Required if the sandbox was started with one. */
  adminToken?: string | undefined;
}

/**
 * Connects to a running sandbox, so that one test suite runs against both. `free` does not stop it.
 */
export function connectSandbox(connection: SandboxConnection): Promise<Sandbox> {
  const { clientId, clientSecret, adminToken } = connection;
  return Sandbox.of({
    url: originOf(connection.url),
    // Looked up at each call, because tests replace the global fetch.
    fetch: (input, init) => globalThis.fetch(input, init),
    credentials: { clientId, clientSecret },
    adminToken,
    free() {},
  });
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) {
    return url.origin;
  }
  throw invalid("invalid `url`: expected an origin such as https://test.sign.swisscom.ch");
}

function invalid(message: string, cause?: unknown): SandboxError {
  return new SandboxError(message, { code: "invalid_options", cause });
}
