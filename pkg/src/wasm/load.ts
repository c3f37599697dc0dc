// The wasm module of the core, shared by all entry points.

import init, * as glue from "./glue.js";
// For workers, scripts/build.mjs uses ./module.ts instead.
import { wasmSource } from "./inline.js";
import { createLoader, type WasmModule, type WasmSource } from "./loader.js";

export type { WasmModule, WasmSource };

const core = /* @__PURE__ */ createLoader(init, glue, wasmSource);

/**
 * Loads the WebAssembly module; `createClient` calls it.
 *
 * @throws {@link WasmLoadError} if it cannot be compiled. The next call tries again.
 */
export function loadWasm(module?: WasmSource): Promise<void> {
  return core.load(module);
}

/** The functions of the module. @internal */
export function wasm(): typeof glue {
  return core.functions();
}
