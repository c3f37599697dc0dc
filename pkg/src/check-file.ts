// Whether bytes can be attached: the core's rule and codes. Only the number of bytes and the first
// of them cross the boundary.

import { translated, type Problem } from "./errors.js";
import { wasm } from "./wasm/load.js";

/** How many bytes must be seen to know a PDF. */
const HEAD_BYTES = 5;

/** What is wrong with a file of that many bytes that begins like this; without `head`, its size. */
export function fileProblems(bytes: number, head?: Uint8Array): Problem[] {
  return translated(() => wasm().checkFile(bytes, head?.subarray(0, HEAD_BYTES)) as Problem[]);
}
