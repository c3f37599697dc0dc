import { type WasmSource } from "./loader.js";
export type { WasmSource };
/**
 * Loads the WebAssembly module; `createClient` does it by itself.
 *
 * @throws {@link WasmLoadError} when it cannot be compiled here. Another call tries again.
 */
export declare function loadWasm(module?: WasmSource): Promise<void>;
