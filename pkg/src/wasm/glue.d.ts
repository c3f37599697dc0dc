// The exports of src/js that this package uses. scripts/build.mjs replaces this declaration with the
// module that wasm-bindgen generates.

import type {
  ClientHost,
  WireAccessRequest,
  WireCall,
  WireSettings,
  WireUpload,
  WireWatchOptions,
} from "../wire.js";

export default function init(options: {
  module_or_path: BufferSource | WebAssembly.Module | Response | Promise<Response>;
}): Promise<unknown>;

export class WasmClient {
  constructor(settings: WireSettings, host: ClientHost);
  free(): void;
  call(
    operation: string,
    call: WireCall,
    text: string | undefined,
    body: ((text: string) => WireUpload) | undefined,
    onSent: (attempt: number, sentAt: number | undefined, correlation: string | undefined) => void,
    signal: AbortSignal | undefined,
  ): Promise<unknown>;
  abandonTokens(): void;
  check(operation: string, call: WireCall, text?: string): unknown;
}

export function requestTemplate(operation: string, withText: boolean): unknown;
export function requestTarget(
  operation: number,
  processId: string | undefined,
  personId: string | undefined,
  fileId: string | undefined,
  text: string | undefined,
): string | undefined;
export function checkFile(bytes: number, head: Uint8Array | undefined): unknown;
export function checkState(operation: string, state: string, processId?: string): void;
export function decodeResponse(
  operation: string,
  status: number,
  contentType: string | undefined,
  retryAfter: string | undefined,
  nowMs: number,
  body: string,
): unknown;
export function allowedOperations(state: string): string[];
export function nextState(state: string, event: string): string | undefined;
export function isFinal(state: string): boolean;
export class WasmWatch {
  constructor(watched: WireWatchOptions, cursor: string | undefined, now: number);
  free(): void;
  next(now: number, jitter: number): string[];
  answered(text: string): void;
  failed(status: number, canPass: boolean, after: number, now: number, jitter: number): boolean;
  cursor(): string;
}

export function waitStatus(process: string, wanted: string): string[];
export function nextIntervalMs(
  quietMs: number,
  failures: number,
  shortestMs: number,
  longestMs: number,
  jitter: number,
): number;
export function challenge(visit: WireAccessRequest): string;
