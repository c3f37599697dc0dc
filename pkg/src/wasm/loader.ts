// Loads a WebAssembly module once: concurrent calls share the load, and a failed load can be retried.

import { WasmLoadError } from "../errors.js";

/** A `WebAssembly.Module`, which only some TypeScript libraries declare. */
export interface WasmModule {
  readonly [Symbol.toStringTag]?: string | undefined;
}

/** A module provided by the caller, for hosts that do not allow compiling bytes. */
export type WasmSource = ArrayBuffer | ArrayBufferView | WasmModule | Response | Promise<Response>;

/** Loads a module and returns its functions. @internal */
export interface Loader<Glue> {
  load(module: WasmSource | undefined): Promise<void>;
  functions(): Glue;
}

/** Creates a loader for the glue of wasm-bindgen. @internal */
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
      throw new WasmLoadError(`cannot load the WebAssembly module; ${hint}`, { cause });
    }
  };
  return {
    load: (module) => (loading ??= start(module)),
    functions() {
      if (!loaded)
        throw new WasmLoadError("WebAssembly module not loaded: call `await loadWasm()` first");
      return glue;
    },
  };
}
