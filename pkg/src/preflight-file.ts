// Preflight check of a file by the core's rules. Only its size and its first bytes are passed to
// wasm.

import { withSignErrors, type Problem } from "./errors.js";
import { wasm } from "./wasm/load.js";

/** Number of bytes in which the rules look for the PDF header, `%PDF-`. */
const HEAD_BYTES = 1024;

/** Problems of a file with this size and, if given, these first bytes. */
export function fileProblems(bytes: number, head?: Uint8Array): Problem[] {
  return withSignErrors(() => wasm().checkFile(bytes, head?.subarray(0, HEAD_BYTES)) as Problem[]);
}
