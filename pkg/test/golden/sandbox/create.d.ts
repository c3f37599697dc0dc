import type { WasmSource } from "../wasm/loader.js";
import { Sandbox, type SandboxCredentials } from "./sandbox.js";
import type { ClockMode } from "./types.js";
/** Settings for behaviour that the vendor's documents leave open. */
export interface SandboxSettings {
    /** Rejects unknown and read-only fields (400) instead of reporting them in `Sandbox-Warning`. */
    strict?: boolean | undefined;
    /** QUALIFIED signatures: refused, as on the vendor's TEST environment (default), or simulated. */
    qes?: "refuse" | "simulate" | undefined;
    /** State after a signer declined: EXPIRED (default) or PENDING. */
    declineOutcome?: "expired" | "pending" | undefined;
    /** HTTP status for an unknown process: as documented per operation (default), or one for all. */
    missingProcess?: "contract" | "404" | "409" | undefined;
    /** HTTP status for a token without the required scope. */
    scopeError?: "403" | "401" | undefined;
    /** Signer status before the release; a client should not rely on it. */
    signerBeforeRelease?: "waiting" | "pending" | undefined;
    /** Signed files are available after the first signature (default), or once COMPLETED. */
    signedDownload?: "partial" | "completed" | undefined;
    /** Width and height of a visible signature in PDF points, default `170x50`. */
    signatureSize?: `${number}x${number}` | undefined;
    /** Token lifetime in seconds, default 3600. */
    tokenTtl?: number | undefined;
    /** Retention of the files after the end of a process, as ISO 8601 duration, default `P30D`. */
    archiveAfter?: string | undefined;
    /** Lifetime of an access code in seconds, default 300. */
    codeTtl?: number | undefined;
    /** Lifetime of the one-time code of `open` in seconds, default 30. */
    oneTimeCodeTtl?: number | undefined;
    /** Lifetime of the URL of `open` in seconds, default 900. */
    openTtl?: number | undefined;
    /** Maximum number of incorrect access codes, default 5. */
    codeAttempts?: number | undefined;
}
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
    seed?: "none" | "demo" | undefined;
    /** Seed of all identifiers, for repeatable runs. */
    rngSeed?: number | undefined;
    /** Initial clock mode, default real time. */
    clock?: ClockMode | undefined;
    switches?: SandboxSettings | undefined;
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
