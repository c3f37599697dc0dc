// Loads the WebAssembly module, once: concurrent calls share the load, and a failed one can be
// tried again.

import init, * as glue from "./glue.js";
// For workers scripts/build.mjs takes ./workerd.ts in its place.
import { source } from "./inline.js";

import { WasmLoadError } from "../errors.js";

/** A module brought by the caller, for hosts that forbid compiling bytes. */
export type WasmSource = BufferSource | WebAssembly.Module | Response | Promise<Response>;

let loading: Promise<void> | undefined;
let loaded = false;

/**
 * Loads the WebAssembly module; `createClient` does it by itself.
 *
 * @throws {@link WasmLoadError} when it cannot be compiled here. Another call tries again.
 */
export function loadWasm(module?: WasmSource): Promise<void> {
  loading ??= load(module).catch((cause: unknown) => {
    loading = undefined;
    throw cause;
  });
  return loading;
}

async function load(module: WasmSource | undefined): Promise<void> {
  try {
    const from: WasmSource = module ?? (await source());
    await init({ module_or_path: from });
    loaded = true;
  } catch (cause) {
    const hint = "a page needs `script-src 'wasm-unsafe-eval'` in its content security policy";
    throw new WasmLoadError(`the WebAssembly module could not be loaded; ${hint}`, { cause });
  }
}

/** The module's functions. @internal */
export function wasm(): typeof glue {
  if (!loaded) throw new WasmLoadError("call `await loadWasm()` first");
  return glue;
}
