// The module in its file beside the bundle: for CommonJS, where a copy inside it would double what a
// large module adds to the package.

declare const WASM_FILE: string;
declare const __dirname: string;
declare function require(id: "node:fs/promises"): {
  readFile(path: string): Promise<Uint8Array<ArrayBuffer>>;
};

export async function source(): Promise<BufferSource> {
  return require("node:fs/promises").readFile(`${__dirname}/${WASM_FILE}`);
}
