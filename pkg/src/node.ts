// Node's file system. Not a static import: browsers do not have it, and bundlers would try to
// resolve it.

import { configurationError } from "./environment.js";

type FileSystem = typeof import("node:fs/promises");

/** `node:fs/promises` of Node, Deno or Bun. */
export async function importFs(what: string): Promise<FileSystem> {
  const name = "node:fs/promises";
  const host = (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process;
  try {
    const known = host?.getBuiltinModule?.(name) as FileSystem | undefined;
    return (
      known ?? ((await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as FileSystem)
    );
  } catch {
    throw configurationError(`${what}: this runtime has no file system`);
  }
}
