/// <reference lib="esnext.disposable" />
import { type EnvironmentName } from "./environment.js";
import type { Endpoints } from "./environment.js";
import type { Problem } from "./errors.js";
import type { Scope } from "./generated/contract.js";
import { type ClientClock, type FetchLike, type Logger, type RequestEvent, type ResponseEvent } from "./host.js";
import { type CallOptions } from "./deadline.js";
import { ProcessList, type ListQuery } from "./list.js";
import type { NewProcess } from "./process-input.js";
import { SigningProcess, type SavedProcess } from "./process.js";
import { ProcessWatcher, type WatchOptions } from "./watch.js";
/** Client credentials, from the vendor's cockpit or from corporate onboarding. */
export interface Credentials {
    /** `createClient` rejects `undefined`; the type allows it, so that `process.env.NAME` can be passed. */
    clientId: string | undefined;
    clientSecret: string | undefined;
    /** Scopes to request; by default all that the client has. */
    scopes?: Scope[] | undefined;
    /** Client authentication: in the form (`post`, default) or in a header (`basic`). */
    authentication?: "post" | "basic" | undefined;
}
/** Options of every kind of client. */
export interface CommonOptions {
    /** Replaces the global `fetch`; called with one `Request`. */
    fetch?: FetchLike | undefined;
    /** Timeout of a call in milliseconds, default 60 000, or 600 000 for files; 0 for no limit. */
    timeoutMs?: number | undefined;
    /** Maximum number of retries, default 2. */
    maxRetries?: number | undefined;
    /** Replaces the runtime's clock and timers, for tests. */
    clock?: ClientClock | undefined;
    /** Receives log lines. */
    logger?: Logger | undefined;
    /** Called before every request. */
    onRequest?: ((event: RequestEvent) => void) | undefined;
    /** Called for every response. */
    onResponse?: ((event: ResponseEvent) => void) | undefined;
    /**
     * `"send"` sends fields and values that this version does not know, for a newer contract. By default
     * they are errors, because a misspelt field would have no effect.
     */
    unknownFields?: "refuse" | "send" | undefined;
    /**
     * Tenant of the client. With `"public"`, fields and methods for corporate tenants are errors; without
     * this option they are sent. A token does not tell the tenant.
     */
    tenant?: "public" | "corporate" | undefined;
}
/** A backend with client credentials. */
export interface CredentialsOptions extends CommonOptions {
    environment: EnvironmentName | Endpoints;
    credentials: Credentials;
    /** Allows the secret in a web page, where every visitor can read it. */
    dangerouslyAllowBrowser?: boolean | undefined;
}
/** A client with access tokens of the caller. */
export interface AccessTokenOptions extends CommonOptions {
    environment: EnvironmentName | Pick<Endpoints, "apiUrl">;
    /** Called before each request, and again after a 401. */
    accessToken: () => string | Promise<string>;
}
/** A web page that uses the relay, which holds secret and token. */
export interface RelayOptions extends CommonOptions {
    /** Base URL of the relay. */
    relay: string;
    /** Authenticates the user to the relay. */
    userToken: () => string | Promise<string>;
}
/** Options of {@link createClient}. */
export type ClientOptions = CredentialsOptions | AccessTokenOptions | RelayOptions;
/** The processes of a client. */
export interface Processes {
    /**
     * Creates a process (operation `create`), exactly once: the additional property
     * `swisscom-sign.correlation` identifies it if the response is lost. You can set that property
     * yourself. If all eight properties are in use (seven through the relay), a lost response is an
     * {@link UncertainOutcomeError}.
     */
    create(process: NewProcess, options?: CallOptions | null): Promise<SigningProcess>;
    /**
     * Checks the input of `create` and returns every problem at once, for example to show them beside the
     * fields of a form. Warnings do not prevent the call. Makes no request.
     */
    check(operation: "create", process: unknown): Promise<Problem[]>;
    /** Reads a process (operation `getProcess`). */
    get(id: string, options?: CallOptions | null): Promise<SigningProcess>;
    /** Lists processes (operation `findAll`, scope `sswp:process:read:all`), newest first. */
    list(query?: ListQuery | null, options?: CallOptions | null): ProcessList;
    /**
     * Watches processes: typed events for `for await`, each delivered once and in order, with a cursor
     * to continue later. The platform has no webhooks, so this polls the list.
     */
    watch(options?: WatchOptions | null): ProcessWatcher;
    /** Restores a process from `JSON.stringify(process)`. Makes no request. */
    resume(saved: string | SavedProcess): SigningProcess;
}
/** A client of one environment. */
export interface SignClient {
    readonly processes: Processes;
    /** Releases the client. Pending calls finish; later calls are rejected. */
    free(): void;
    [Symbol.dispose](): void;
    [Symbol.asyncDispose](): Promise<void>;
}
/**
 * Creates a client. The first call loads the WebAssembly module; no request is made.
 *
 * @throws {@link SignError} `invalid_argument` for invalid options, {@link SecretInBrowserError} for a
 * secret in a web page, {@link WasmLoadError}.
 * @example
 * const sign = await createClient({ environment: "test", credentials: { clientId, clientSecret } });
 */
export declare function createClient(options: ClientOptions): Promise<SignClient>;
