/// <reference lib="esnext.disposable" />
import { type EnvironmentName } from "./environment.js";
import type { Endpoints } from "./environment.js";
import type { Problem } from "./errors.js";
import type { ProcessInput, Scope } from "./generated/contract.js";
import { type Clock, type Fetch, type Logger, type RequestEvent, type ResponseEvent } from "./host.js";
import { type CallOptions } from "./limits.js";
import { ProcessList, type ListQuery } from "./list.js";
import { SigningProcess, type SavedProcess } from "./process.js";
import { Watcher, type WatchOptions } from "./watch.js";
/** Credentials of a client, from the cockpit or from corporate onboarding. */
export interface Credentials {
    clientId: string;
    clientSecret: string;
    /** Scopes to ask for; whatever the client has by default when absent. */
    scopes?: Scope[];
    /** How the client proves who it is: in the form (the default) or in a header. */
    authentication?: "post" | "basic";
}
/** What holds for every kind of client. */
export interface CommonOptions {
    /** In place of the global `fetch`; called with one `Request`. */
    fetch?: Fetch;
    /** Milliseconds for a whole call; 60 000, or 600 000 for files, when absent; 0 for no limit. */
    timeoutMs?: number;
    /** Repetitions at most; 2 when absent. */
    maxRetries?: number;
    /** In place of the runtime's time, for tests: waits take as long as it says. */
    clock?: Clock;
    /** Where log lines go. */
    logger?: Logger;
    /** Told of every request. */
    onRequest?: (event: RequestEvent) => void;
    /** Told of every answer. */
    onResponse?: (event: ResponseEvent) => void;
    /** `"send"` passes on fields that this version does not know, for a newer contract. */
    unknownFields?: "refuse" | "send";
}
/** A backend with credentials of its own. */
export interface CredentialsOptions extends CommonOptions {
    environment: EnvironmentName | Endpoints;
    credentials: Credentials;
    /** Accepts that every visitor of the page can read the secret. */
    dangerouslyAllowBrowser?: boolean;
}
/** Tokens from elsewhere. */
export interface AccessTokenOptions extends CommonOptions {
    environment: EnvironmentName | Pick<Endpoints, "apiUrl">;
    /** Asked before each request, and once more after a 401. */
    accessToken: () => string | Promise<string>;
}
/** A page, by way of the relay, which keeps secret and token. */
export interface RelayOptions extends CommonOptions {
    /** Base URL of the relay. */
    relay: string;
    /** Proof of who the user is, for the relay. */
    userToken: () => string | Promise<string>;
}
/** How a client is made. */
export type ClientOptions = CredentialsOptions | AccessTokenOptions | RelayOptions;
/** The processes of a client. */
export interface Processes {
    /**
     * Creates a process (operation `create`), once: it gets one more property,
     * `swisscom-sign.correlation`, by which it is found again when the answer is lost. Set that
     * property yourself to choose its value. When all eight are in use (seven through the relay), a
     * lost answer is an {@link UncertainOutcomeError}.
     */
    create(process: ProcessInput, options?: CallOptions | null): Promise<SigningProcess>;
    /**
     * What would keep a process from being created, every problem at once: what a form shows at its
     * fields. No request is made.
     */
    check(operation: "create", process: unknown): Promise<Problem[]>;
    /** Reads a process (operation `getProcess`). */
    get(id: string, options?: CallOptions | null): Promise<SigningProcess>;
    /** Lists processes (operation `findAll`, scope `sswp:process:read:all`), newest first. */
    list(query?: ListQuery | null, options?: CallOptions | null): ProcessList;
    /**
     * What happens to processes, as events for `for await`: typed, each told once, in order, and with
     * a cursor to go on later. The platform has no webhooks; this reads the list.
     */
    watch(options?: WatchOptions | null): Watcher;
    /** Goes on with a process that was saved by `JSON.stringify(process)`; no request is made. */
    resume(saved: string | SavedProcess): SigningProcess;
}
/** A client of one environment. */
export interface SignClient {
    readonly processes: Processes;
    /** Lets the client go. Calls under way finish; later ones are refused. */
    free(): void;
    [Symbol.dispose](): void;
    [Symbol.asyncDispose](): Promise<void>;
}
/**
 * Makes a client. Loads the WebAssembly module at the first call; makes no request.
 *
 * @throws {@link SignError} `invalid_argument` for options that cannot be used,
 * {@link SecretInBrowserError} for a secret in a page, {@link WasmLoadError}.
 * @example
 * const sign = await createClient({ environment: "test", credentials: { clientId, clientSecret } });
 */
export declare function createClient(options: ClientOptions): Promise<SignClient>;
