// Runs every code block of the README and of docs/, or checks it against the programs that it names.
// See blocks.mjs for the comments between the blocks.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { readContract } from "../support/contract.mjs";
import { RELAY, root } from "../support/program.mjs";
import { startRelay } from "../support/relay.mjs";
import { startSandbox } from "../support/sandbox.mjs";
import { commands, pages } from "./blocks.mjs";
import { needsContract, prepare } from "./programs.mjs";
import { openShell } from "./shell.mjs";

const run = promisify(execFile);
const all = await pages();

let sandbox;
let relay;
let stage;
/** The shell of each page with shell blocks. */
const shells = {};
before(async () => {
  sandbox = await startSandbox();
  relay = await startRelay(sandbox);
  stage = await prepare(sandbox, relay);
});
after(async () => {
  await Promise.all(Object.values(shells).map((shell) => shell.end()));
  await Promise.all([relay?.end(), sandbox?.end()]);
});

for (const { path, programs } of all)
  for (const [index, program] of programs.entries())
    test(`${path}: the program of "${program.heading}" runs`, async (t) => {
      if (needsContract(program) && !readContract(t)) return;
      const host = stage[program.kind];
      assert.ok(host, `unknown kind of program: ${program.kind}`);
      const name = path.replaceAll(/\W/g, "-");
      await host(program, `${name}-${index}`);
    });

/** Shell blocks that do not run, by their first command, and why. */
const NOT_RUN = {
  "cargo xtask demo": "it builds everything",
  "cargo xtask test": "it runs these tests",
  "cargo xtask build":
    "it replaces files that other tests use; the tests of the web examples serve this page",
};
const reasonFor = ({ content }) =>
  Object.keys(NOT_RUN).find((beginning) => content.startsWith(beginning));

/** Checks of the commands of a block that does not run, by their first word. */
const CHECKS = {
  /** The command and its options exist. */
  async cargo([xtask, command, ...options]) {
    assert.equal(xtask, "xtask");
    const program = join(root, "target/debug/xtask");
    const { stdout } = await run(program, [command, "--help"]);
    for (const option of options.filter((word) => word.startsWith("--")))
      assert.match(
        stdout,
        new RegExp(`${option}\\b`),
        `${command} has no ${option}`,
      );
  },
  async npm([command, name], folder) {
    if (command === "ci") return stat(join(folder, "package-lock.json"));
    const text = await readFile(join(folder, "package.json"), "utf8");
    assert.ok(JSON.parse(text).scripts[name], `no script ${name}`);
  },
};

async function checkCommands(content) {
  let folder = root;
  for (const [command, ...args] of commands(content)) {
    if (command === "cd") {
      folder = join(root, args[0]);
      assert.ok((await stat(folder)).isDirectory(), folder);
      continue;
    }
    assert.ok(CHECKS[command], `nothing checks the command ${command}`);
    await CHECKS[command](args, folder);
  }
}

/** Checks of a block, by its language. */
const LANGUAGES = {
  async sh(block, path) {
    if (reasonFor(block)) return checkCommands(block.content);
    shells[path] ??= await openShell(sandbox);
    await shells[path].run(block.content);
  },
  async json({ content }) {
    JSON.parse(content);
  },
  async toml({ content }) {
    const file = join(
      await mkdtemp(join(tmpdir(), "swisscom-sign-docs-")),
      "relay.toml",
    );
    await writeFile(file, content);
    const names = [...content.matchAll(/env = "(\w+)"/g)].map(
      ([, name]) => name,
    );
    const secrets = Object.fromEntries(
      names.map((name) => [name, "0".repeat(64)]),
    );
    const env = { ...process.env, ...secrets };
    await run(RELAY, ["check-config", "--config", file], { env });
  },
  /** A doctest: `cargo test` runs what a crate includes. */
  async rust(_, path) {
    const source = await readFile(
      join(root, "crates/sandbox/src/lib.rs"),
      "utf8",
    );
    assert.ok(
      source.includes(`include_str!("../../../${path}")`),
      `no crate includes ${path}`,
    );
  },
};

for (const { path, blocks } of all)
  for (const block of blocks)
    test(`${path}:${block.line}: the ${block.language || "text"} block is valid`, async () => {
      const check = LANGUAGES[block.language];
      assert.ok(check, "nothing checks this language");
      await check(block, path);
    });

test("every exception names an existing block", () => {
  const blocks = all.flatMap(({ blocks }) => blocks);
  const used = blocks.map(reasonFor).filter(Boolean);
  assert.deepEqual([...new Set(used)].sort(), Object.keys(NOT_RUN).sort());
});

test("the README starts with the commands for demo and tests", () => {
  const { blocks } = all.find(({ path }) => path === "README.md");
  const lines = commands(blocks[0].content).map((words) => words.join(" "));
  assert.deepEqual(lines, ["cargo xtask demo", "cargo xtask test"]);
});
