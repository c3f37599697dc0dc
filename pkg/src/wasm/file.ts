// The wasm file beside the bundle, for CommonJS, so that the package has no second copy of it.

declare const WASM_FILE: string;
declare const __dirname: string;
declare function require(id: "node:fs/promises"): {
  readFile(path: string): Promise<Uint8Array<ArrayBuffer>>;
};

export async function wasmSource(): Promise<BufferSource> {
  return require("node:fs/promises").readFile(`${__dirname}/${WASM_FILE}`);
}
