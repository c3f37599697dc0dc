import { type WasmModule, type WasmSource } from "./loader.js";
export type { WasmModule, WasmSource };
/**
 * Loads the WebAssembly module; `createClient` calls it.
 *
 * @throws {@link WasmLoadError} if it cannot be compiled. The next call tries again.
 */
export declare function loadWasm(module?: WasmSource): Promise<void>;
