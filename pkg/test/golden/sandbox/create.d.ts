import type { SandboxSettings } from "../generated/control.js";
import type { WasmSource } from "../wasm/loader.js";
import type { ClockMode } from "./clock.js";
import { Sandbox, type SandboxCredentials } from "./sandbox.js";
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
    settings?: {
        [K in keyof SandboxSettings]?: SandboxSettings[K] | undefined;
    } | undefined;
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
export declare function createSandbox(options?: SandboxOptions): Promise<Sandbox>;
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
export declare function connectSandbox(connection: SandboxConnection): Promise<Sandbox>;
