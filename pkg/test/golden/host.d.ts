import type { ClientHost, FetchLike, FetchResponseLike } from "./wire.js";
export type { FetchLike, FetchResponseLike };
/** Receives log lines, for example `console`. They never contain a secret, a token or a body. */
export interface Logger {
    debug?(message: string): void;
    warn?(message: string): void;
}
/** A request, before it is sent. */
export interface RequestEvent {
    /** `operationId` of the contract, or `token`. */
    operation: string;
    method: string;
    url: string;
    /** Counts from 1. */
    attempt: number;
    /** Values of `authorization`, and of headers whose name suggests a secret, are masked. */
    headers: Record<string, string>;
}
/** A response. */
export interface ResponseEvent {
    operation: string;
    method: string;
    url: string;
    attempt: number;
    status: number;
    /** Milliseconds until the response head arrived. */
    durationMs: number;
}
/** The clock of a client, for pauses and ages. */
export interface ClientClock {
    /** Monotonic time in milliseconds. */
    now(): number;
    /** Resolves after the delay, or as soon as the signal is aborted. */
    sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
export interface HostOptions {
    fetch?: FetchLike | undefined;
    clock?: ClientClock | undefined;
    accessToken?: (() => string | Promise<string>) | undefined;
    logger?: Logger | undefined;
    onRequest?: ((event: RequestEvent) => void) | undefined;
    onResponse?: ((event: ResponseEvent) => void) | undefined;
}
export declare function createHost(options: HostOptions): ClientHost;
/** A response header. `headers` can be `Headers`, a map or a plain object. */
export declare function getHeader(raw: FetchResponseLike, name: string): string | undefined;
