// The commands of the package, as they are packed, against the sandbox.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";

import { createClient } from "swisscom-sign";

import { smallPdf } from "../../js-examples/node-invite-and-sign/pdf.mjs";
import { startSandbox } from "./sandbox.mjs";

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
  sandbox?.end();
  if (folder) await rm(folder, { recursive: true });
});

/** Runs a command; its exit code and output. No output may hold the secret. */
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

test("help and wrong use", async () => {
  for (const args of [["--help"], ["doctor", "--help"], ["send", "-h"]]) {
    const { code, stdout } = await run(args);
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: swisscom-sign/);
    assert.match(stdout, /Exit codes/);
  }
  const who = ["--to", "Anna Muster <anna@example.com>"];
  for (const [args, message] of [
    [["nope"], /unknown command `nope`/],
    [["doctor", "--nope"], /--nope/],
    [["send"], /missing FILE/],
    [["send", pdf], /missing signer/],
    [
      ["send", pdf, "--to", "anna@example.com"],
      /invalid --to `anna@example.com`/,
    ],
    [["send", pdf, "--to", `${who[1]}:GOLD`], /unknown level/],
    [
      ["send", pdf, ...who, "--to", "B C <b@example.com>:SIMPLE", "--no-mail"],
      /missing --urls/,
    ],
    [
      ["send", "/nowhere.pdf", ...who],
      /cannot read file `\/nowhere.pdf`: ENOENT/,
    ],
    [["send", PROGRAM, ...who], /not a PDF/],
  ]) {
    const { code, stderr, stdout } = await run(args);
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.match(stderr, message);
  }
  const none = { SWISSCOM_SIGN_CLIENT_ID: "" };
  assert.equal((await run(["doctor"], none)).code, 2);
});

test("the doctor finds everything in order", async () => {
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

test("the doctor finds wrong credentials, an open file of them, and nobody there", async () => {
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
  const run2 = (more) => run(["doctor", "--json"], { ...fromFile, ...more });
  const secret = { SWISSCOM_SIGN_CLIENT_SECRET: undefined };
  await chmod(file, 0o644);
  assert.equal(statuses(await run2(secret)).credentials, "warning");
  await chmod(file, 0o600);
  assert.equal(statuses(await run2(secret)).credentials, "ok");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  const nobody = await run(["doctor", "--json"], {
    SWISSCOM_SIGN_API_URL: `http://127.0.0.1:${port}/system`,
  });
  assert.equal(nobody.code, 1);
  assert.match(nobody.stdout, /ECONNREFUSED/);
});

test("the doctor tells a clock that is wrong", async () => {
  const server = createServer((request, response) => {
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    response.writeHead(401, { date }).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}/system`;
  const result = await run(["doctor", "--json"], {
    SWISSCOM_SIGN_API_URL: url,
  });
  server.close();
  assert.equal(statuses(result).clock, "failed");
  assert.match(result.stdout, /(3599|360\d) s ahead/);
});

test("the doctor compares the contract", async (t) => {
  const beside = new URL(
    "../../../shared/contract/openapi.json",
    import.meta.url,
  );
  const path = process.env.SWISSCOM_SIGN_CONTRACT ?? beside.pathname;
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (!text) return t.skip(`the contract document is not at ${path}`);
  const doctor = async (change) => {
    const document = JSON.parse(text);
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

test("a PDF is sent, signed and fetched; its URLs are printed only when asked for", async () => {
  const who = ["--to", "Anna Maria Muster <anna@example.com>:ADVANCED"];
  const sent = await run(["send", pdf, ...who]);
  assert.equal(sent.code, 0, sent.stderr);
  assert.match(sent.stdout, /^[0-9a-f-]{36}\n$/);
  assert.doesNotMatch(sent.stdout + sent.stderr, /http/);
  const sign = await createClient({ ...sandbox });
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

/** Signs whatever another process than that one waits for, as soon as it is there. */
async function signAll(but) {
  const scopes = ["sswp:process:read", "sswp:process:read:all"];
  const credentials = { ...sandbox.credentials, scopes };
  const sign = await createClient({
    environment: sandbox.environment,
    credentials,
  });
  const watcher = sign.processes.watch({
    minIntervalMs: 50,
    maxIntervalMs: 50,
    maxRequestsPerMinute: 6_000,
    signal: AbortSignal.timeout(20_000),
  });
  for await (const { type, processId, signer } of watcher) {
    if (processId === but) continue;
    if (type === "signer.invited")
      await sandbox.act(`${processId}/participants/${signer}/sign`);
    if (type === "process.completed") return;
  }
}

test("a decline ends the command with a failure that says so", async () => {
  const who = ["--to", "Anna Muster <anna@example.com>"];
  const waiting = run(["send", pdf, ...who, "--wait"]);
  const scopes = ["sswp:process:read", "sswp:process:read:all"];
  const credentials = { ...sandbox.credentials, scopes };
  const sign = await createClient({
    environment: sandbox.environment,
    credentials,
  });
  const watcher = sign.processes.watch({
    from: "now",
    minIntervalMs: 50,
    maxIntervalMs: 50,
    maxRequestsPerMinute: 6_000,
    signal: AbortSignal.timeout(20_000),
  });
  for await (const { type, processId, signer } of watcher) {
    if (type !== "signer.invited") continue;
    await sandbox.act(`${processId}/participants/${signer}/decline`, {});
    break;
  }
  const { code, stderr } = await waiting;
  assert.equal(code, 1);
  assert.match(stderr, /cannot reach COMPLETED: signer signer-1 declined/);
});
