/** A module provided by the caller, for hosts that do not allow compiling bytes. */
export type WasmSource = BufferSource | WebAssembly.Module | Response | Promise<Response>;
