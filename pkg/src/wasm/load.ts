// The module of the core, one for all entry points that need it.

import init, * as glue from "./glue.js";
// For workers scripts/build.mjs takes ./workerd.ts in its place.
import { source } from "./inline.js";
import { createLoader, type WasmSource } from "./loader.js";

export type { WasmSource };

const core = createLoader(init, glue, source);

/**
 * Loads the WebAssembly module; `createClient` does it by itself.
 *
 * @throws {@link WasmLoadError} when it cannot be compiled here. Another call tries again.
 */
export function loadWasm(module?: WasmSource): Promise<void> {
  return core.load(module);
}

/** The module's functions. @internal */
export function wasm(): typeof glue {
  return core.functions();
}
