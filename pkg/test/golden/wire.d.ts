import type { ErrorClass, ErrorCode, ProblemCode } from "./generated/errors.js";
import type { State } from "./generated/contract.js";
/** How an engine is set up. */
export interface Settings {
    apiUrl: string;
    /** `production`, `test`, or what is none of them. */
    environment?: string;
    tokenUrl?: string;
    clientId?: string;
    clientSecret?: string;
    /** Separated by spaces. */
    scopes?: string;
    basic?: boolean;
    /** Whether `apiUrl` is a relay, which adds a property to each process. */
    relay?: boolean;
}
/** What a call is about, beside its body. */
export interface Call {
    processId?: string;
    personId?: string;
    fileId?: string;
    state?: string;
    /** Signature level of the process; it never changes. */
    level?: string;
    /** JSON text of the process, to check against. */
    process?: string;
    /** Names and values in turn. */
    headers?: string[];
    maxRetries?: number;
    /** For the whole call; 0 for no limit. */
    timeoutMs?: number;
    lenient?: boolean;
    /** Whether the body can be sent only once. */
    once?: boolean;
    /** Told by the engine of a create or an attach: what it will be found by. */
    correlation?: string;
    /** Told by the engine: since when it may have been performed, in milliseconds since 1970. */
    sentAt?: number;
}
/** What is watched, and how. */
export interface Watched {
    /** Separated by spaces. */
    ids?: string;
    status?: string;
    fromNow: boolean;
    records: boolean;
    perMinute: number;
    shortestMs: number;
    longestMs: number;
}
/** Who opens a process, and with what. */
export interface Visit {
    initiator: boolean;
    authorization?: string;
    email?: string;
    mobile?: string;
    loggedIn: boolean;
    ownsProcess: boolean;
    inTeamOfProcess: boolean;
    verifiedEmail?: string;
    verifiedMobile?: string;
    codeAgeMs?: number;
    codeRedeemed: boolean;
}
/** An HTTP answer, made out of whatever `fetch` resolved to. */
export interface Answer {
    status: number;
    contentType?: string;
    retryAfter?: string;
    date?: string;
    text(): Promise<string>;
    /** What `fetch` resolved to. */
    raw: FetchResponse;
}
/** A body that is made anew for each attempt: a file. */
export interface Upload {
    /** Its bytes. */
    readonly length: number;
    /** Whether somebody wants to know how far it is. */
    readonly watched: boolean;
    /** The relay's header, when the body is the file as it is. */
    readonly relayFile?: string;
    /** The body, read as it is asked for. */
    stream(): ReadableStream<Uint8Array>;
    /** The body as a whole, for runtimes that send nothing else; made once. */
    blob(signal: AbortSignal): Promise<Blob>;
    /** Tells that so many bytes of it have been taken. */
    sent(bytes: number): void;
}
/** What JavaScript lends to the engine. */
export interface Host {
    fetch(request: Request, operation: string, attempt: number, secret: string, upload?: Upload): Promise<Answer>;
    accessToken(): Promise<string>;
    sleep(ms: number, signal?: AbortSignal): Promise<void>;
    monotonic(): number;
    wall(): number;
    random(): number;
    correlation(): string;
}
/** What a call resolves to. */
export interface Decoded {
    status: number;
    alreadyDone: boolean;
    attempts: number;
    processId?: string;
    state?: State;
    fileId?: string;
    data?: unknown;
    response?: Answer;
    /** Whether the file is Base64 in JSON. */
    base64?: boolean;
}
/** What a call rejects with. */
export interface WireError {
    class: ErrorClass;
    code: ErrorCode;
    message: string;
    retryable: boolean;
    attempts: number;
    operation?: string;
    processId?: string;
    status?: number;
    errorId?: string;
    retryAfterMs?: number;
    state?: string;
    allowed?: string[];
    problems?: Array<{
        path: string;
        code: ProblemCode;
        message: string;
    }>;
    upstream?: {
        name?: string;
        message?: string;
        clientSubject?: string;
        clientBody?: string;
    };
    cause?: unknown;
}
/** An answer to `fetch`: a `Response`, or an object that is enough like one. */
export interface FetchResponse {
    readonly status: number;
    readonly headers?: unknown;
    readonly body?: unknown;
    text?(): string | Promise<string>;
    json?(): unknown;
    arrayBuffer?(): ArrayBuffer | Promise<ArrayBuffer>;
}
