// The README and the pages of `docs/`: every block of code runs, or is held against the programs that
// it names. See docs/pages.mjs for what stands between the blocks.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { commands, pages } from "./docs/pages.mjs";
import { prepare } from "./docs/stage.mjs";
import { startRelay } from "./relay.mjs";
import { startSandbox } from "./sandbox.mjs";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const all = await pages();

let sandbox;
let relay;
let stage;
before(async () => {
  sandbox = await startSandbox();
  relay = await startRelay(sandbox);
  stage = await prepare(sandbox, relay);
});
after(() => {
  relay?.end();
  sandbox?.end();
});

for (const { path, programs } of all)
  for (const [index, program] of programs.entries())
    test(`${path}: the program of "${program.heading}" runs`, async () => {
      const host = stage[program.kind];
      assert.ok(host, `there is no such kind of program: ${program.kind}`);
      const name = path.replaceAll(/\W/g, "-");
      await host(program, `${name}-${index}`);
    });

const PROGRAMS = {
  "swisscom-sign-sandbox": process.env.SWISSCOM_SIGN_SANDBOX_BIN,
  "swisscom-sign-relay": process.env.SWISSCOM_SIGN_RELAY_BIN,
};

/** A program has this command, and the command these options. */
async function knows(program, [command, ...options], help = []) {
  const args = [...help, ...(command === undefined ? [] : [command]), "--help"];
  const { stdout } = await run(program, args);
  for (const option of options.filter((word) => word.startsWith("--")))
    assert.match(
      stdout,
      new RegExp(`${option}\\b`),
      `${command} has no ${option}`,
    );
}

/** A script of a package has this name. */
async function script(folder, name) {
  const text = await readFile(join(folder, "package.json"), "utf8");
  assert.ok(JSON.parse(text).scripts[name], `no script ${name}`);
}

/** What is checked of a command, by its first word. */
const CHECKS = {
  cargo: ([command, ...rest]) => {
    if (command === "xtask")
      return knows(join(root, "target/debug/xtask"), rest);
    assert.equal(command, "run", `cargo ${command}`);
    const [option, name, dashes, ...args] = rest;
    assert.deepEqual([option, dashes], ["-p", "--"]);
    assert.ok(PROGRAMS[name], name);
    return knows(PROGRAMS[name], args);
  },
  "swisscom-sign-sandbox": (args) =>
    knows(PROGRAMS["swisscom-sign-sandbox"], args),
  "swisscom-sign-relay": (args) => knows(PROGRAMS["swisscom-sign-relay"], args),
  npx: ([name, ...args]) => {
    assert.equal(name, "swisscom-sign");
    return knows(process.execPath, args, [join(root, "pkg/bin/main.mjs")]);
  },
  npm: async ([command, name], folder) => {
    if (command === "run") return script(folder, name);
    if (command === "ci") return stat(join(folder, "package-lock.json"));
    assert.deepEqual([command, name], ["install", "swisscom-sign"]);
  },
  node: ([file], folder) => stat(join(folder, file)),
  export: async () => {},
  curl: async (args) => {
    const address = args.find((word) => /^(\$SANDBOX|http:)/.test(word));
    const data = args[args.indexOf("-d") + 1];
    if (args.includes("-d")) JSON.parse(data);
    if (!address.startsWith("$SANDBOX/")) return;
    const [path] = address.slice("$SANDBOX".length).split("?");
    const answer = await fetch(`${sandbox.url}/_sandbox/openapi.json`);
    const { paths } = await answer.json();
    const sent = args.includes("-d") || args.includes("POST");
    const known = Object.entries(paths).some(([template, methods]) => {
      const end = template.replace(/^\/_sandbox/, "");
      return end === path && methods[sent ? "post" : "get"];
    });
    assert.ok(known, `the sandbox has no ${address}`);
  },
};

/** What is checked of a block, by its language. */
const LANGUAGES = {
  async sh({ content }) {
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
    await run(
      PROGRAMS["swisscom-sign-relay"],
      ["check-config", "--config", file],
      { env },
    );
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
    test(`${path}:${block.line}: the ${block.language || "text"} is right`, async () => {
      const check = LANGUAGES[block.language];
      assert.ok(check, "nothing checks this language");
      await check(block, path);
    });

test("the README's first commands are the two of the project", () => {
  const { blocks } = all.find(({ path }) => path === "README.md");
  const lines = commands(blocks[0].content).map((words) => words.join(" "));
  assert.deepEqual(lines, ["cargo xtask demo", "cargo xtask test"]);
});
