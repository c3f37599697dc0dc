/** A module brought by the caller, for hosts that forbid compiling bytes. */
export type WasmSource = BufferSource | WebAssembly.Module | Response | Promise<Response>;
/**
 * Loads the WebAssembly module; `createClient` does it by itself.
 *
 * @throws {@link WasmLoadError} when it cannot be compiled here. Another call tries again.
 */
export declare function loadWasm(module?: WasmSource): Promise<void>;
