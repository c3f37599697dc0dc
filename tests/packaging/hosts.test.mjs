// The installed package in every JavaScript runtime, without a bundler.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { ALL, install, node, printed, run, theirs } from "./support.mjs";

/** The binary that npm installs for this platform as an optional dependency. */
function platform(scope, program) {
  const modules = dirname(dirname(theirs.resolve("deno/package.json")));
  const [found] = readdirSync(join(modules, scope));
  return join(modules, scope, found, program);
}

const DENO = () => platform("@deno", "deno");
const BUN = () => platform("@oven", "bin/bun");

test("runs in Node with import", async () => {
  assert.equal(await node(join(await install("esm"), "main.mjs")), ALL);
});

test("runs in Node with require", async () => {
  const folder = await install("cjs", { type: "commonjs" });
  assert.equal(await node(join(folder, "main.cjs")), ALL);
});

test("runs in Deno with permission to read its modules only", async () => {
  const folder = await install("esm");
  const args = [
    "run",
    "--no-remote",
    "--no-prompt",
    "--node-modules-dir=manual",
  ];
  const env = {
    ...process.env,
    DENO_DIR: join(folder, ".deno"),
    DENO_NO_UPDATE_CHECK: "1",
  };
  assert.equal(
    await printed(DENO(), [...args, "main.mjs"], { cwd: folder, env }),
    ALL,
  );
});

test("runs in Bun with import and require", async () => {
  const env = { ...process.env, DO_NOT_TRACK: "1" };
  const folder = await install("esm");
  const args = ["run", "--no-install"];
  const options = (cwd) => ({ cwd, env });
  assert.equal(
    await printed(BUN(), [...args, "main.mjs"], options(folder)),
    ALL,
  );
  const common = await install("cjs", { type: "commonjs" });
  assert.equal(
    await printed(BUN(), [...args, "main.cjs"], options(common)),
    ALL,
  );
});

test("runs in Jest", async () => {
  const folder = await install("jest", { type: "commonjs", tools: "linked" });
  const jest = theirs.resolve("jest/bin/jest");
  const { stdout, stderr } = await run(process.execPath, [jest, "--ci"], {
    cwd: folder,
  });
  assert.ok(stdout.includes(ALL), stdout);
  assert.match(stderr, /Tests: +4 passed, 4 total/);
});

test("runs with the fake timers of sinon", async () => {
  const folder = await install("sinon", { tools: "linked" });
  assert.equal(await node(join(folder, "main.mjs")), "CREATED CREATED");
});

test("runs in Vitest", async () => {
  const folder = await install("vitest", { tools: "linked" });
  const program = join(
    dirname(theirs.resolve("vitest/package.json")),
    "vitest.mjs",
  );
  const env = { ...process.env, NO_COLOR: "1" };
  const { stdout } = await run(process.execPath, [program, "run"], {
    cwd: folder,
    env,
  });
  assert.ok(stdout.includes(ALL), stdout);
  assert.match(stdout, /Tests +4 passed \(4\)/);
});
