import type { FetchResponse, Host } from "./wire.js";
export type { FetchResponse };
/** `fetch`, the global one or one like it. It is called with one `Request`. */
export type Fetch = (request: Request) => Promise<FetchResponse>;
/** Where log lines go; `console` is one. They never hold a secret, a token or a body. */
export interface Logger {
    debug?(message: string): void;
    warn?(message: string): void;
}
/** A request about to be sent. */
export interface RequestEvent {
    /** `operationId` of the contract, or `token`. */
    operation: string;
    method: string;
    url: string;
    /** From 1. */
    attempt: number;
    /** Values of `authorization` and of all that may be a secret by their name are masked. */
    headers: Record<string, string>;
}
/** An answer that came. */
export interface ResponseEvent {
    operation: string;
    method: string;
    url: string;
    attempt: number;
    status: number;
    /** Milliseconds until its head was there. */
    durationMs: number;
}
/** Time as a client sees it: pauses and ages are taken from it. */
export interface Clock {
    /** Milliseconds that never go back. */
    now(): number;
    /** Resolves after so many milliseconds, or as soon as the signal is aborted. */
    sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
export interface HostOptions {
    fetch?: Fetch;
    clock?: Clock;
    accessToken?: () => string | Promise<string>;
    logger?: Logger;
    onRequest?: (event: RequestEvent) => void;
    onResponse?: (event: ResponseEvent) => void;
}
export declare function createHost(options: HostOptions): Host;
/** A header of an answer, whose headers may be `Headers`, a map or a plain object. */
export declare function header(raw: FetchResponse, name: string): string | undefined;
