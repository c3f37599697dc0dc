// Globals of the documented programs: tests/e2e/docs/programs.mjs.
declare const assert: typeof import("node:assert/strict");
declare const readFile: typeof import("node:fs/promises").readFile;
declare const stage: { act(path: string): Promise<void> };
