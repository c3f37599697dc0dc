// The module of the sandbox, in no other bundle than its entry point's.

import init, * as glue from "./glue.js";
// For workers scripts/build.mjs takes workerd.ts in its place.
import { source } from "../wasm/inline.js";
import { createLoader } from "../wasm/loader.js";

/** @internal */
export const engine = createLoader(init, glue, source);
