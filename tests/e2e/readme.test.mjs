// The first blocks of JavaScript in the README, as they stand there, against the sandbox. Only the
// fixed port of `environment: "sandbox"` is replaced by the one that this sandbox listens on.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient } from "swisscom-sign";
import { checkPlacement, inspect } from "swisscom-sign/pdf";

import { smallPdf } from "../../js-examples/node-invite-and-sign/pdf.mjs";
import { startSandbox } from "./sandbox.mjs";

const run = promisify(execFile);
const here = process.cwd();
let sandbox;
let folder;
before(async () => {
  sandbox = await startSandbox();
  folder = await mkdtemp(join(tmpdir(), "swisscom-sign-readme-"));
  process.chdir(folder);
});
after(async () => {
  process.chdir(here);
  await sandbox?.end();
  await rm(folder, { recursive: true, force: true });
});

/** The blocks of a language, in their order. */
async function blocks(language) {
  const readme = await readFile(
    new URL("../../README.md", import.meta.url),
    "utf8",
  );
  const fence = "`".repeat(3);
  const pattern = new RegExp(`${fence}${language}\n([\\s\\S]*?)${fence}`, "g");
  return [...readme.matchAll(pattern)].map(([, code]) => code);
}

test("the README's first program runs as it stands", async () => {
  const [start, rest] = await blocks("js");
  const { environment, credentials } = sandbox;
  const imports = /^import .*\n/m;
  const fixed = /environment: "sandbox"/;
  assert.match(start, imports);
  assert.match(start, fixed);
  const program = (start + rest)
    .replace(imports, "")
    .replace(fixed, `environment: ${JSON.stringify(environment)}`)
    // Between the two blocks of the README somebody signs.
    .replace(
      'await signing.waitFor("COMPLETED")',
      (wait) => `await sign_here(signing);\n${wait}`,
    );
  assert.match(program, /sign_here/);
  await writeFile("offer.pdf", smallPdf("Offer"));
  process.env.SWISSCOM_SIGN_CLIENT_ID = credentials.clientId;
  process.env.SWISSCOM_SIGN_CLIENT_SECRET = credentials.clientSecret;
  const lines = [];
  const console = { log: (...words) => lines.push(words.join(" ")) };
  const signHere = ({ id }) => sandbox.act(`${id}/participants/crm-4711/sign`);
  const AsyncFunction = (async () => {}).constructor;
  const run = new AsyncFunction(
    "createClient",
    "console",
    "sign_here",
    program,
  );
  await run(createClient, console, signHere);
  assert.deepEqual(lines, ["PENDING 1"]);
  const signed = await readFile("signed.pdf", "latin1");
  assert.ok(signed.startsWith("%PDF-"));
  assert.match(signed, /ETSI\.CAdES\.detached/);
});

test("the README's look into a PDF runs as it stands", async () => {
  const [, , program] = await blocks("js");
  const imports = /^import .*\n/m;
  assert.match(program, imports);
  await writeFile("offer.pdf", smallPdf("Offer"));
  const lines = [];
  const console = { log: (...words) => lines.push(words.join(" ")) };
  const AsyncFunction = (async () => {}).constructor;
  const run = new AsyncFunction(
    "checkPlacement",
    "inspect",
    "console",
    program.replace(imports, ""),
  );
  await run(checkPlacement, inspect, console);
  const position = "$.signaturePositions";
  assert.deepEqual(lines, [
    "1 page, 595 x 842 points, 0 tags",
    `${position}[0] lies outside the visible area of its page`,
    `${position}[1] the file does not hold the tag \\s2\\`,
  ]);
});

test("the README's test suite with a sandbox passes as it stands", async () => {
  const [suite] = await blocks("js sandbox");
  await writeFile("offer.pdf", smallPdf("Offer"));
  // Where the packed package is found.
  const file = new URL("../../target/xtask/readme.test.mjs", import.meta.url);
  await mkdir(new URL(".", file), { recursive: true });
  await writeFile(file, suite);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ["--test-reporter", "tap", fileURLToPath(file)];
  const { stdout } = await run(process.execPath, args, { cwd: folder, env });
  assert.match(stdout, /^# pass 1$/m);
  assert.match(stdout, /^# fail 0$/m);
});

test("the README's first commands are the two of the project", async () => {
  const [commands] = await blocks("sh");
  const names = commands.split("\n").map((line) => line.split("#")[0].trim());
  assert.deepEqual(names.filter(Boolean), [
    "cargo xtask demo",
    "cargo xtask test",
  ]);
});
