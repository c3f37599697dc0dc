// Loads a WebAssembly module, once: concurrent calls share the load, and a failed one can be tried
// again.

import { WasmLoadError } from "../errors.js";

/** A module brought by the caller, for hosts that forbid compiling bytes. */
export type WasmSource = BufferSource | WebAssembly.Module | Response | Promise<Response>;

/** One module: how it is loaded, and its functions. @internal */
export interface Loader<Glue> {
  load(module: WasmSource | undefined): Promise<void>;
  functions(): Glue;
}

/** A loader for the glue that wasm-bindgen wrote; `source` is where its bytes are. @internal */
export function createLoader<Glue>(
  init: (options: { module_or_path: WasmSource }) => Promise<unknown>,
  glue: Glue,
  source: () => Promise<WasmSource>,
): Loader<Glue> {
  let loading: Promise<void> | undefined;
  let loaded = false;
  const start = async (module: WasmSource | undefined): Promise<void> => {
    try {
      await init({ module_or_path: module ?? (await source()) });
      loaded = true;
    } catch (cause) {
      loading = undefined;
      const hint = "a page needs `script-src 'wasm-unsafe-eval'` in its content security policy";
      throw new WasmLoadError(`the WebAssembly module could not be loaded; ${hint}`, { cause });
    }
  };
  return {
    load: (module) => (loading ??= start(module)),
    functions() {
      if (!loaded) throw new WasmLoadError("call `await loadWasm()` first");
      return glue;
    },
  };
}
