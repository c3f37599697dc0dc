// Node's file system, where there is one. Never a static import: browsers have none, and bundlers
// would look for it.

import { invalid } from "./environment.js";

type FileSystem = typeof import("node:fs/promises");

/** `node:fs/promises` of Node, Deno or Bun. */
export async function fileSystem(what: string): Promise<FileSystem> {
  const name = "node:fs/promises";
  const host = (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process;
  try {
    const known = host?.getBuiltinModule?.(name) as FileSystem | undefined;
    return (
      known ?? ((await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as FileSystem)
    );
  } catch {
    throw invalid(`${what} needs a file system, which this runtime does not have`);
  }
}
