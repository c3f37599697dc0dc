import type { Credentials } from "../client.js";
import type { WasmSource } from "../wasm/loader.js";
import { Sandbox } from "./sandbox.js";
import type { ClockMode } from "./types.js";
/** Questions that the vendor's documents leave open, answered one way or the other. */
export interface SandboxSettings {
    /** Refuses unknown and read-only fields (400) instead of naming them in `Sandbox-Warning`. */
    strict?: boolean;
    /** QUALIFIED signatures: refused as on the vendor's TEST environment (default), or made. */
    qes?: "refuse" | "simulate";
    /** A process after a signer declined: ended (default), or still PENDING. */
    declineOutcome?: "expired" | "pending";
    /** Status for a process that does not exist: as each operation documents, or one for all. */
    missingProcess?: "contract" | "404" | "409";
    /** Status for a token without the scope of the operation. */
    scopeError?: "403" | "401";
    /** Status of a signer before the release; a client should rely on neither. */
    signerBeforeRelease?: "waiting" | "pending";
    /** Signed files: after the first signature (default), or once the process is COMPLETED. */
    signedDownload?: "partial" | "completed";
    /** Width and height of a visible signature in PDF points; `170x50` when absent. */
    signatureSize?: `${number}x${number}`;
    /** Seconds that a token lives; 3600 when absent. */
    tokenTtl?: number;
    /** From the end of a process to the deletion of its files, ISO 8601; `P30D` when absent. */
    archiveAfter?: string;
    /** Seconds that an access code is valid; 300 when absent. */
    codeTtl?: number;
    /** Seconds that the one-time code of open can be redeemed; 30 when absent. */
    oneTimeCodeTtl?: number;
    /** Seconds that the URL of open is good for; 900 when absent. */
    openTtl?: number;
    /** How often an access code may be entered wrong; 5 when absent. */
    codeAttempts?: number;
}
/** What a sandbox begins with. */
export interface SandboxOptions {
    /**
     * Scheme, host and port that it answers for; `http://127.0.0.1:8480` when absent, as
     * `environment: "sandbox"` says. With the vendor's, a program can be tested as it is configured.
     */
    url?: string;
    /** Identifier of the client with every scope; `sandbox-org-a` when absent. */
    clientId?: string;
    /** Its secret; made up when absent. */
    clientSecret?: string;
    /** What there is at first and after a reset: no process (default), or some in every state. */
    seed?: "none" | "demo";
    /** Has every identifier follow from this number, for repeatable runs. */
    rngSeed?: number;
    /** How the clock of the platform runs at first; as the real one when absent. */
    clock?: ClockMode;
    switches?: SandboxSettings;
    /** The module (`dist/swisscom_sign_sandbox.wasm`), where the runtime forbids compiling bytes. */
    wasm?: WasmSource;
}
/**
 * Makes a sandbox inside this process: nothing listens, and nothing is kept.
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
/** A sandbox that runs somewhere else: the line that `swisscom-sign-sandbox serve` prints. */
export interface SandboxConnection extends Credentials {
    /** Scheme, host and port. */
    url: string;
    /** Where the sandbox was started with one. */
    adminToken?: string;
}
/**
 * The same for a sandbox that listens, so that one test suite runs against both. It goes on when this
 * is freed.
 */
export declare function connectSandbox(connection: SandboxConnection): Promise<Sandbox>;
