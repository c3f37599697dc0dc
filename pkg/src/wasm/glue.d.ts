// What wasm-bindgen makes of src/js, as far as this package uses it. scripts/build.mjs puts the
// real module in its place; the tests run against that.

import type { Call, Host, Settings, Upload, Visit } from "../wire.js";

export default function init(options: {
  module_or_path: BufferSource | WebAssembly.Module | Response | Promise<Response>;
}): Promise<unknown>;

export class Engine {
  constructor(settings: Settings, host: Host);
  free(): void;
  call(
    operation: string,
    call: Call,
    text: string | undefined,
    body: Upload | undefined,
    signal: AbortSignal | undefined,
  ): Promise<unknown>;
}

export function buildRequest(operation: string, call: Call, text?: string): unknown;
export function checkCall(operation: string, call: Call, text?: string): unknown;
export function checkState(operation: string, state: string, processId?: string): void;
export function decodeAnswer(
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
export function challenge(visit: Visit): string;
