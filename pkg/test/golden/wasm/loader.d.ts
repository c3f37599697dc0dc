/** A module brought by the caller, for hosts that forbid compiling bytes. */
export type WasmSource = BufferSource | WebAssembly.Module | Response | Promise<Response>;
