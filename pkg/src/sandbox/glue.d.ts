// The exports of crates/sandbox/src/js that this package uses. scripts/build.mjs replaces this
// declaration with the module that wasm-bindgen generates.

export default function init(options: {
  module_or_path: BufferSource | WebAssembly.Module | Response | Promise<Response>;
}): Promise<unknown>;

export class WasmPlatform {
  constructor(options: string, random: Uint8Array);
  free(): void;
  credentials(): string[];
  maxBody(path: string): number;
  receive(
    method: string,
    path: string,
    query: string,
    headers: string[],
    body: Uint8Array,
    oversized: boolean,
  ): WasmExchange;
}

export class WasmExchange {
  free(): void;
  latencyMs(): number;
  waitMs(): number;
  answer(): WasmResponse;
}

export class WasmResponse {
  free(): void;
  lost(): string | undefined;
  isNothingYet(): boolean;
  status(): number;
  headers(): string[];
  body(): Uint8Array<ArrayBuffer>;
  pieceSize(): number | undefined;
  pauseMs(): number;
  cutAfter(): number | undefined;
}
