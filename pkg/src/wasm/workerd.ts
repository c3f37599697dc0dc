// Workers and edge runtimes forbid compiling bytes: they compile the module when the bundle is
// deployed, and an import gives it. scripts/build.mjs names the bundle's own.

// @ts-expect-error: a module of the bundle, not of TypeScript
import module from "./module.wasm";

export async function source(): Promise<WebAssembly.Module> {
  return module as WebAssembly.Module;
}
