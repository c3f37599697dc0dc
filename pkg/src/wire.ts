// Values that cross the wasm boundary (src/js/wire.rs, src/js/host.rs). TypeScript creates them, so
// that their types are known in Rust.

import type { ErrorClass, ErrorCode, ProblemCode } from "./generated/errors.js";
import type { State } from "./generated/contract.js";

/** Settings of a wasm client. */
export interface WireSettings {
  apiUrl: string;
  /** `production` or `test`; absent for other URLs. */
  environment?: string;
  tenant?: "public" | "corporate";
  tokenUrl?: string;
  clientId?: string;
  clientSecret?: string;
  /** Separated by spaces. */
  scopes?: string;
  basic?: boolean;
  /** Whether `apiUrl` is a relay, which adds a property to each process. */
  relay?: boolean;
}

/** A call, without its body. */
export interface WireCall {
  processId?: string;
  personId?: string;
  fileId?: string;
  state?: string;
  /** Signature level of the process; it never changes. */
  level?: string;
  /** JSON text of the process, for checks against it. */
  process?: string;
  /** Alternating names and values. */
  headers?: string[];
  maxRetries?: number;
  /** Of the whole call; 0 for no limit. */
  timeoutMs?: number;
  lenient?: boolean;
  /** Whether the body can be sent only once. */
  once?: boolean;
}

/** Options of a watch. */
export interface WireWatchOptions {
  /** Separated by spaces. */
  ids?: string;
  status?: string;
  fromNow: boolean;
  records: boolean;
  perMinute: number;
  shortestMs: number;
  longestMs: number;
}

/** A person who opens a process, with the proofs of access. */
export interface WireAccessRequest {
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

/** An HTTP response, normalized. */
export interface HostResponse {
  status: number;
  contentType?: string;
  retryAfter?: string;
  date?: string;
  text(): Promise<string>;
  /** The value that `fetch` resolved to. */
  raw: FetchResponseLike;
}

/** The body of an upload; it can be created anew for each attempt. */
export interface WireUpload {
  /** Size in bytes. */
  readonly length: number;
  /** Whether progress is reported. */
  readonly watched: boolean;
  /** The relay's header, if the body is the file without Base64. */
  readonly relayFile?: string;
  /** The body as a stream, read on demand. */
  stream(): ReadableStream<Uint8Array>;
  /** The body as a Blob, for runtimes that cannot send streams; created once. */
  blob(signal: AbortSignal): Promise<Blob>;
  /** Reports the number of bytes that the connection has taken. */
  sent(bytes: number): void;
}

/** Functions that the wasm client calls. */
export interface ClientHost {
  fetch(
    request: Request,
    operation: string,
    attempt: number,
    secret: string,
    upload?: WireUpload,
  ): Promise<HostResponse>;
  accessToken(): Promise<string>;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  monotonic(): number;
  wall(): number;
  random(): number;
  correlation(): string;
  /** Logs a warning. */
  warn(text: string): void;
}

/** Result of a call. */
export interface WireDecodedResponse {
  status: number;
  alreadyDone: boolean;
  attempts: number;
  processId?: string;
  state?: State;
  fileId?: string;
  data?: unknown;
  response?: HostResponse;
  /** Whether the file is Base64 inside JSON. */
  base64?: boolean;
}

/** Error of a call. */
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
    severity: "error" | "warning";
  }>;
  upstream?: { name?: string; message?: string; clientSubject?: string; clientBody?: string };
  cause?: unknown;
}

/** A `Response`, or an object with the fields that are needed. */
export interface FetchResponseLike {
  readonly status: number;
  readonly headers?: unknown;
  readonly body?: unknown;
  text?(): string | Promise<string>;
  json?(): unknown;
  arrayBuffer?(): ArrayBuffer | Promise<ArrayBuffer>;
}

/** The global `fetch` or a compatible function. It is called with one `Request`. */
export type FetchLike = (request: Request) => Promise<FetchResponseLike>;
