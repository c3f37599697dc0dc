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
      throw loadError(cause);
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

/** The error of a failed load, with what cures its cause. */
function loadError(cause: unknown): WasmLoadError {
  const scope = globalThis as {
    WebAssembly?: unknown;
    document?: unknown;
    importScripts?: unknown;
  };
  const message = "cannot load the WebAssembly module";
  if (typeof scope.WebAssembly !== "object") {
    const advice = "call it from a backend, or use the relay with your own HTTP client";
    const text = `${message}: this runtime has no WebAssembly (React Native, Hermes); ${advice}`;
    return new WasmLoadError(text, { cause, retryable: false });
  }
  const { code, path } = Object(cause) as { code?: unknown; path?: unknown };
  if (code === "ENOENT") {
    const text = `${message}: file not found: \`${String(path)}\`; copy it beside the bundle`;
    return new WasmLoadError(text, { cause, retryable: false });
  }
  const page = scope.document !== undefined || scope.importScripts !== undefined;
  const hint = page
    ? "a page needs `script-src 'wasm-unsafe-eval'` in its content security policy"
    : "see `cause`";
  return new WasmLoadError(`${message}; ${hint}`, { cause });
}
