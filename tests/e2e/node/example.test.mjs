// js-examples/node-invite-and-sign against the sandbox.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { rejection } from "../support/async.mjs";
import { startSandbox } from "../support/sandbox.mjs";

let sandbox;
before(async () => {
  sandbox = await startSandbox();
});
after(() => sandbox?.end());

const EXAMPLE = new URL(
  "../../../js-examples/node-invite-and-sign/main.mjs",
  import.meta.url,
).pathname;

function example(...args) {
  const env = {
    ...process.env,
    SWISSCOM_SIGN_SANDBOX_URL: sandbox.url,
    SWISSCOM_SIGN_API_URL: sandbox.apiUrl,
    SWISSCOM_SIGN_TOKEN_URL: sandbox.tokenUrl,
    SWISSCOM_SIGN_CLIENT_ID: sandbox.clientId,
    SWISSCOM_SIGN_CLIENT_SECRET: sandbox.clientSecret,
  };
  return promisify(execFile)(process.execPath, [EXAMPLE, ...args], { env });
}

/** The report of pdfsig on a file. It trusts this authority only. */
async function pdfsig(file, authority) {
  const run = promisify(execFile);
  const database = `${file}.nss`;
  await mkdir(database);
  const of = ["-d", `sql:${database}`];
  await run("certutil", ["-N", ...of, "--empty-password"]);
  const trusted = ["-n", "ca", "-t", "C,C,C", "-i", authority];
  await run("certutil", ["-A", ...of, ...trusted]);
  const { stdout } = await run("pdfsig", ["-nssdir", database, file]);
  return stdout;
}

test("writes the signed file, which pdfsig accepts, and its evidence", async () => {
  const out = await mkdtemp(join(tmpdir(), "swisscom-sign-"));
  const { stdout } = await example(
    "--signers",
    "3",
    "--level",
    "ADVANCED",
    "--out",
    out,
  );
  for (const text of [
    "state: CREATED",
    "state: PENDING",
    "state: COMPLETED",
    "100 %",
  ]) {
    assert.ok(stdout.includes(text), text);
  }
  assert.equal(stdout.includes(sandbox.clientSecret), false);
  assert.equal(
    (await readFile(join(out, "signed.pdf"), "latin1")).slice(0, 5),
    "%PDF-",
  );
  assert.equal(
    JSON.parse(await readFile(join(out, "process.json"))).status,
    "COMPLETED",
  );
  assert.ok(JSON.parse(await readFile(join(out, "records.json"))).length >= 3);
  const report = await pdfsig(join(out, "signed.pdf"), join(out, "ca.pem"));
  const count = (words) => report.split(words).length - 1;
  assert.equal(count("Signature is Valid."), 3, report);
  assert.equal(count("Certificate is Trusted."), 3, report);
  await rm(out, { recursive: true });
});

test("exits with 1 and a message for a missing file, a device and a file that is not a PDF", async () => {
  const here = new URL(import.meta.url).pathname;
  for (const [path, message] of [
    ["/nowhere.pdf", /file not found/],
    ["/dev/null", /not a file/],
    [here, /not a PDF/],
  ]) {
    const error = await rejection(example("--pdf", path));
    assert.equal(error.code, 1);
    assert.match(error.stderr, message);
    assert.doesNotMatch(error.stderr, /\n\s+at /);
  }
});
