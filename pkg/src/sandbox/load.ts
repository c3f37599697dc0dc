// The wasm module of the sandbox, only in the bundle of its entry point.

import init, * as glue from "./glue.js";
// For workers, scripts/build.mjs uses module.ts instead.
import { wasmSource } from "../wasm/inline.js";
import { createLoader } from "../wasm/loader.js";

/** @internal */
export const engine = /* @__PURE__ */ createLoader(init, glue, wasmSource);
