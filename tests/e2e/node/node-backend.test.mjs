// js-examples/node-backend against the sandbox, with kills and restarts.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { pdf } from "../support/pdf.mjs";
import { root, start } from "../support/program.mjs";
import { startSandbox } from "../support/sandbox.mjs";

const BEAT = {
  firstName: "Beat",
  lastName: "Müller",
  email: "beat@example.ch",
};

let sandbox;
let data;
let backend;

before(async () => {
  sandbox = await startSandbox();
  data = await mkdtemp(join(tmpdir(), "swisscom-sign-backend-"));
});
after(async () => {
  await Promise.all([backend?.end(), sandbox?.end()]);
  await rm(data, { recursive: true, force: true });
});

async function run() {
  backend = await start(
    process.execPath,
    [
      join(root, "js-examples/node-backend/main.mjs"),
      ...["--data", data, "--port", "0"],
    ],
    {
      stderr: "inherit",
      env: {
        SWISSCOM_SIGN_CLIENT_ID: sandbox.clientId,
        SWISSCOM_SIGN_CLIENT_SECRET: sandbox.clientSecret,
        SWISSCOM_SIGN_API_URL: sandbox.apiUrl,
        SWISSCOM_SIGN_TOKEN_URL: sandbox.tokenUrl,
      },
    },
  );
}

async function restart() {
  await backend.end("SIGKILL");
  await run();
}

async function call(path, options) {
  const response = await fetch(`${backend.url}${path}`, options);
  return { status: response.status, body: await response.json() };
}

function submit(signing, document = pdf()) {
  const body = new FormData();
  body.append("signing", JSON.stringify(signing));
  body.append(
    "document",
    new Blob([document], { type: "application/pdf" }),
    "Offer 2026.pdf",
  );
  return call("/signings", { method: "POST", body });
}

async function until(id, wanted) {
  for (let tries = 0; tries < 300; tries += 1) {
    const { body } = await call(`/signings/${id}`);
    if (body.step === wanted) return body;
    assert.notEqual(body.step, "failed", JSON.stringify(body));
    await pause(100);
  }
  throw new Error(`${id} did not become ${wanted}`);
}

/** Waits until the sandbox has received a request of this operation. */
async function received(operation) {
  const query = new URLSearchParams({ operation, wait: "10s" });
  const { requests } = await sandbox.control("GET", `/requests?${query}`);
  assert.ok(requests.length > 0, operation);
}

const processes = async () => (await sandbox.api("GET", "?size=20")).content;
const sign = (id) =>
  sandbox.control("POST", `/processes/${id}/participants/signer-1/sign`);
const fault = (operation, action) =>
  sandbox.control("POST", "/faults", {
    match: { operation, times: 1 },
    action,
  });

async function checkEvidence(id, evidence) {
  assert.deepEqual(
    evidence.map(({ name }) => name),
    ["document.pdf", "process.json", "records.json", "signed.pdf"],
  );
  const sums = await (
    await fetch(`${backend.url}/signings/${id}/evidence/SHA256SUMS`)
  ).text();
  for (const { name, bytes, sha256 } of evidence) {
    const response = await fetch(
      `${backend.url}/signings/${id}/evidence/${name}`,
    );
    const content = Buffer.from(await response.arrayBuffer());
    assert.equal(content.length, bytes);
    assert.equal(createHash("sha256").update(content).digest("hex"), sha256);
    assert.ok(sums.includes(`${sha256}  ${name}\n`));
    if (name === "signed.pdf")
      assert.match(content.toString("latin1"), /\/ByteRange/);
    if (name === "process.json")
      assert.equal(JSON.parse(content).status, "COMPLETED");
  }
}

test("resumes after a kill while it waits, and archives the evidence", async () => {
  await run();
  const { status, body } = await submit({ signers: [BEAT], locale: "en-GB" });
  assert.equal(status, 202);
  const { processId } = await until(body.id, "released");
  await sandbox.message({ type: "INVITE", processId });
  await restart();
  await sign(processId);
  const { outcome, evidence } = await until(body.id, "archived");
  assert.equal(outcome, "completed");
  await checkEvidence(body.id, evidence);
});

test("repeats no step after a kill in the middle of it", async () => {
  for (const operation of ["create", "attach", "release", "getFileContent"]) {
    await sandbox.control("POST", "/reset");
    await sandbox.control("DELETE", "/requests");
    const { body } = await submitWith(operation);
    if (operation !== "getFileContent") {
      await received(operation);
      await restart();
    }
    const { processId } = await until(body.id, "released");
    if (operation === "getFileContent")
      await fault(operation, { latencyMs: 2_000 });
    await sign(processId);
    if (operation === "getFileContent") {
      await received(operation);
      await restart();
    }
    const { evidence } = await until(body.id, "archived");
    await checkEvidence(body.id, evidence);
    const all = await processes();
    const completed = all.filter(({ status }) => status === "COMPLETED");
    assert.deepEqual([operation, completed.length], [operation, 1]);
    assert.equal(completed[0].fileReferences.length, 1);
    const { messages } = await sandbox.control(
      "GET",
      `/outbox?type=INVITE&processId=${processId}`,
    );
    assert.equal(messages.length, 1);
  }
});

/** Submits while one operation is delayed. */
async function submitWith(operation) {
  if (operation !== "getFileContent")
    await fault(operation, { latencyMs: 2_000 });
  return submit({ signers: [BEAT], locale: "en-GB" });
}

test("looks up an operation whose response was lost instead of repeating it", async () => {
  await sandbox.control("POST", "/reset");
  for (const operation of ["create", "attach", "release"]) {
    await fault(operation, { drop: "closeAfter" });
  }
  const { body } = await submit({ signers: [BEAT], locale: "en-GB" });
  const { processId } = await until(body.id, "released");
  assert.equal((await processes()).length, 1);
  const { fileReferences } = await sandbox.api("GET", `/${processId}`);
  assert.equal(fileReferences.length, 1);
  const { messages } = await sandbox.control(
    "GET",
    `/outbox?type=INVITE&processId=${processId}`,
  );
  assert.equal(messages.length, 1);
});

test("archives a declined process, and rejects an invalid submission with 400", async () => {
  const { body } = await submit({ signers: [BEAT], locale: "fr-CH" });
  const { processId } = await until(body.id, "released");
  await sandbox.control(
    "POST",
    `/processes/${processId}/participants/signer-1/decline`,
    {},
  );
  const { outcome, evidence } = await until(body.id, "archived");
  assert.equal(outcome, "declined");
  assert.ok(!evidence.some(({ name }) => name === "signed.pdf"));

  const before = (await readdir(data)).length;
  const refused = await submit({ signers: [{ ...BEAT, email: "beat@" }] });
  assert.equal(refused.status, 400);
  assert.equal(refused.body.problems[0].path, "$.invitees.signers[0].email");
  for (const signing of [{}, { signers: "x" }, null]) {
    assert.equal((await submit(signing)).status, 400);
  }
  assert.equal(
    (await readdir(data)).length,
    before,
    "a rejected submission leaves no file",
  );
});

test("keeps its signings across SIGTERM and a restart", async () => {
  await submit({ signers: [BEAT], locale: "it-CH" });
  await backend.end("SIGTERM");
  await run();
  const { body } = await call("/signings");
  assert.ok(body.length > 0);
});
