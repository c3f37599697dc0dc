// The command line of the packed package against the sandbox.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";

import { createClient } from "swisscom-sign";

import { smallPdf } from "../../../js-examples/node-invite-and-sign/pdf.mjs";
import { readContract } from "../support/contract.mjs";
import { startSandbox } from "../support/sandbox.mjs";
import { freePort, serve } from "../support/server.mjs";
import { watchAll } from "../support/watch.mjs";

const PROGRAM = join(
  dirname(createRequire(import.meta.url).resolve("swisscom-sign/package.json")),
  "bin/main.mjs",
);

let sandbox;
let folder;
let pdf;
before(async () => {
  sandbox = await startSandbox();
  folder = await mkdtemp(join(tmpdir(), "swisscom-sign-cli-"));
  pdf = join(folder, "contract.pdf");
  await writeFile(pdf, smallPdf("to be signed"));
});
after(async () => {
  await sandbox?.end();
  if (folder) await rm(folder, { recursive: true });
});

/** Runs a command: `{ code, stdout, stderr }`. Fails if the output contains the secret. */
function run(args, more = {}) {
  const env = {
    ...process.env,
    SWISSCOM_SIGN_API_URL: sandbox.apiUrl,
    SWISSCOM_SIGN_TOKEN_URL: sandbox.tokenUrl,
    SWISSCOM_SIGN_CLIENT_ID: sandbox.clientId,
    SWISSCOM_SIGN_CLIENT_SECRET: sandbox.clientSecret,
    ...more,
  };
  return new Promise((resolve) => {
    const done = (error, stdout, stderr) => {
      assert.equal(
        (stdout + stderr).includes(env.SWISSCOM_SIGN_CLIENT_SECRET),
        false,
      );
      assert.doesNotMatch(stderr, /\n\s+at /);
      resolve({ code: error?.code ?? 0, stdout, stderr });
    };
    execFile(process.execPath, [PROGRAM, ...args], { env }, done);
  });
}

const statuses = ({ stdout }) =>
  Object.fromEntries(
    JSON.parse(stdout).checks.map(({ name, status }) => [name, status]),
  );

test("prints help, and exits with 2 and one line that names an invalid argument", async () => {
  const helps = async (args) => {
    const { code, stdout } = await run(args);
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: swisscom-sign/);
    assert.match(stdout, /Exit codes/);
  };
  const who = ["--to", "Anna Muster <anna@example.com>"];
  const rejects = async ([args, message]) => {
    const { code, stderr, stdout } = await run(args);
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.match(stderr, message);
    assert.match(stderr, /^error: [^\n]+\n$/, "one line");
  };
  const invalid = [
    [["nope"], /unknown command `nope`/],
    [["--nope"], /unknown option `--nope`/],
    [["doctor", "--nope"], /--nope/],
    [["doctor", "nope"], /nope/],
    [["doctor", "--environment"], /--environment/],
    [["doctor", "--environment", "prod"], /unknown --environment `prod`/],
    [["doctor", "--contract", "/nowhere.json"], /\/nowhere.json/],
    [["send", pdf, ...who, "--locale", "de"], /unknown --locale `de`/],
    [["send", pdf, ...who, "--out", "/nowhere/a.pdf"], /\/nowhere\/a.pdf/],
    [["send", pdf, ...who, "--out", folder], /a folder/],
    [["send", pdf, "--to", "A B <x@y z>"], /invalid --to `A B <x@y z>`/],
    [["send", pdf, "--to", `A B <${"x".repeat(300)}@y.ch>`], /--to `A B <xxx/],
    [["send"], /missing FILE/],
    [["send", pdf], /missing signer/],
    [
      ["send", pdf, "--to", "anna@example.com"],
      /invalid --to `anna@example.com`/,
    ],
    [["send", pdf, "--to", `${who[1]}:GOLD`], /unknown level `GOLD`/],
    [
      ["send", pdf, ...who, "--to", "B C <b@example.com>:SIMPLE", "--no-mail"],
      /missing --urls/,
    ],
    [
      ["send", "/nowhere.pdf", ...who],
      /cannot read file `\/nowhere.pdf`: ENOENT/,
    ],
    [["send", PROGRAM, ...who], /not a PDF/],
  ];
  await Promise.all([
    ...[["--help"], ["doctor", "--help"], ["send", "-h"]].map(helps),
    ...invalid.map(rejects),
  ]);
  const none = { SWISSCOM_SIGN_CLIENT_ID: "" };
  assert.equal((await run(["doctor"], none)).code, 2);
  const insecure = { SWISSCOM_SIGN_API_URL: "http://example.com/system" };
  const { code, stderr } = await run(["doctor"], insecure);
  assert.deepEqual([code, stderr.split("\n").length], [2, 2], stderr);
});

test("prints its version", async () => {
  const manifest = await readFile(join(dirname(PROGRAM), "../package.json"));
  const { version } = JSON.parse(manifest);
  const { code, stdout } = await run(["--version"]);
  assert.deepEqual([code, stdout], [0, `${version}\n`]);
});

test("send creates no process if the PDF does not have the tag or the page is too small", async () => {
  const scopes = ["sswp:process:read:all"];
  const sign = await createClient({
    environment: sandbox.environment,
    credentials: { ...sandbox.credentials, scopes },
  });
  const count = async () =>
    (await sign.processes.list().toArray({ limit: 1000 })).length;
  const before = await count();
  const who = ["--to", "Anna Muster <anna@example.com>"];
  const untagged = await run(["send", pdf, ...who, "--tag"]);
  assert.equal(untagged.code, 2, untagged.stderr);
  assert.match(untagged.stderr, /contract\.pdf`: tag `\\s1\\` not found/);
  const small = join(folder, "small.pdf");
  const text = new TextDecoder("latin1").decode(smallPdf("receipt"));
  await writeFile(small, text.replace("595 842", "200 300"), "latin1");
  const outside = await run(["send", small, ...who]);
  assert.equal(outside.code, 2, outside.stderr);
  assert.match(outside.stderr, /small\.pdf`: .*visible area/);
  assert.equal(await count(), before);
});

test("doctor reports ok for the sandbox", async () => {
  const result = await run(["doctor", "--json"]);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.deepEqual(statuses(result), {
    credentials: "ok",
    connection: "ok",
    clock: "ok",
    "sswp:process:create": "ok",
    "sswp:process:read": "ok",
    "sswp:process:read:all": "ok",
  });
  assert.match((await run(["doctor"])).stdout, /^ok {7}credentials: /);
});

test("doctor reports wrong credentials, a readable credentials file and a refused connection", async () => {
  const wrong = await run(["doctor", "--json"], {
    SWISSCOM_SIGN_CLIENT_SECRET: "wrong-canary",
  });
  assert.equal(wrong.code, 1);
  assert.equal(statuses(wrong)["sswp:process:read"], "failed");
  const file = join(folder, "credentials.json");
  await writeFile(file, JSON.stringify(sandbox.credentials));
  const fromFile = {
    SWISSCOM_SIGN_CLIENT_ID: "",
    SWISSCOM_SIGN_CLIENT_SECRET: "",
    SWISSCOM_SIGN_CREDENTIALS: file,
  };
  const doctor = (more) => run(["doctor", "--json"], { ...fromFile, ...more });
  const secret = { SWISSCOM_SIGN_CLIENT_SECRET: undefined };
  await chmod(file, 0o644);
  assert.equal(statuses(await doctor(secret)).credentials, "warning");
  await chmod(file, 0o600);
  assert.equal(statuses(await doctor(secret)).credentials, "ok");
  const refused = await run(["doctor", "--json"], {
    SWISSCOM_SIGN_API_URL: `http://127.0.0.1:${await freePort()}/system`,
  });
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /ECONNREFUSED/);
});

test("doctor reports a wrong clock", async () => {
  const server = await serve((request, response) => {
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    response.writeHead(401, { date }).end();
  });
  const result = await run(["doctor", "--json"], {
    SWISSCOM_SIGN_API_URL: `${server.url}/system`,
  });
  await server.end();
  assert.equal(statuses(result).clock, "failed");
  assert.match(result.stdout, /(3599|360\d) s ahead/);
});

test("doctor reports additions to the contract as warnings and removals as failures", async (t) => {
  const contract = readContract(t);
  if (!contract) return;
  const doctor = async (change) => {
    const document = structuredClone(contract);
    change(document, document.components.schemas);
    const file = join(folder, "openapi.json");
    await writeFile(file, JSON.stringify(document));
    const result = await run(["doctor", "--json", "--contract", file]);
    return { ...result, contract: JSON.parse(result.stdout).checks.at(-1) };
  };
  const same = await doctor(() => {});
  assert.equal(same.contract.status, "ok", same.contract.message);
  const added = await doctor((_, { Signer }) => {
    Signer.properties.nickname = { type: "string" };
    Signer.properties.status.enum.push("SLEEPING");
  });
  assert.deepEqual([added.code, added.contract.status], [0, "warning"]);
  assert.match(
    added.contract.message,
    /\+ Signer\.status = SLEEPING; \+ Signer\.nickname$/,
  );
  const removed = await doctor(({ paths }, { Process }) => {
    delete Process.properties.payload;
    delete paths["/api/process/{processId}/record"];
  });
  assert.deepEqual([removed.code, removed.contract.status], [1, "failed"]);
  assert.match(removed.contract.message, /- GET \S+\/record \(getRecords, /);
  assert.match(removed.contract.message, /- Process\.payload$/);
});

test("send waits for the signed PDF, and prints URLs only with --urls", async () => {
  const who = ["--to", "Anna Maria Muster <anna@example.com>:ADVANCED"];
  const sent = await run(["send", pdf, ...who]);
  assert.equal(sent.code, 0, sent.stderr);
  assert.match(sent.stdout, /^[0-9a-f-]{36}\n$/);
  assert.doesNotMatch(sent.stdout + sent.stderr, /http/);
  const { environment, credentials } = sandbox;
  const sign = await createClient({ environment, credentials });
  const process = await sign.processes.get(sent.stdout.trim());
  assert.equal(process.state, "PENDING");
  const [signer] = process.model.invitees.signers;
  assert.deepEqual(
    [signer.firstName, signer.lastName, signer.email],
    ["Anna Maria", "Muster", "anna@example.com"],
  );
  const out = join(folder, "signed.pdf");
  const waiting = run([
    ...["send", pdf, ...who, "--to", "Beat Beispiel <beat@example.com>"],
    ...["--no-mail", "--urls", "--json", "--out", out],
  ]);
  await signAll(process.id);
  const { code, stdout, stderr } = await waiting;
  assert.equal(code, 0, stderr);
  const result = JSON.parse(stdout);
  assert.equal(result.state, "COMPLETED");
  assert.equal(result.urls.length, 2);
  assert.equal((await readFile(out, "latin1")).slice(0, 5), "%PDF-");
});

/** Signs for every invited signer, except in the process `but`, until a process is completed. */
async function signAll(but) {
  const watcher = await watchAll(sandbox);
  for await (const { type, processId, signer } of watcher) {
    if (processId === but) continue;
    if (type === "signer.invited")
      await sandbox.act(`${processId}/participants/${signer}/sign`);
    if (type === "process.completed") return;
  }
}

test("send --wait exits with 1 when a signer declines", async () => {
  const who = ["--to", "Anna Muster <anna@example.com>"];
  const waiting = run(["send", pdf, ...who, "--wait"]);
  const watcher = await watchAll(sandbox, undefined, { from: "now" });
  for await (const { type, processId, signer } of watcher) {
    if (type !== "signer.invited") continue;
    await sandbox.act(`${processId}/participants/${signer}/decline`, {});
    break;
  }
  const { code, stderr } = await waiting;
  assert.equal(code, 1);
  assert.match(stderr, /cannot reach COMPLETED: signer signer-1 declined/);
});
