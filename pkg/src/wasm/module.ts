// Workers and edge runtimes do not allow compiling bytes: they compile the module when the bundle is
// deployed, and it is imported. scripts/build.mjs sets the file name.

// @ts-expect-error: a module of the bundle, not of TypeScript
import module from "./module.wasm";

export async function wasmSource(): Promise<WebAssembly.Module> {
  return module as WebAssembly.Module;
}
