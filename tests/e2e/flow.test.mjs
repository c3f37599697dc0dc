// The package, as it is packed, against the sandbox over loopback.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import {
  AuthenticationError,
  ConflictError,
  NotFoundError,
  PermissionError,
  StateError,
  createClient,
} from "swisscom-sign";
import { loadWasm, requests } from "swisscom-sign/core";

import { smallPdf } from "../../js-examples/node-invite-and-sign/pdf.mjs";
import { startSandbox } from "./sandbox.mjs";

let sandbox;
let sign;
before(async () => {
  sandbox = await startSandbox();
  sign = await createClient({ ...sandbox });
});
after(() => sandbox?.end());

const PDF = smallPdf("end to end");

const signer = (reference) => ({
  type: "SIGNER",
  firstName: "John",
  lastName: "Doe",
  email: `${reference}@example.com`,
  externalIdentifier: reference,
});

const model = (...signers) => ({
  signatureLevel: "ADVANCED",
  initiator: { type: "NON_PERSON", name: "Test" },
  invitees: { signers: signers.map(signer) },
  properties: [{ key: "case", value: "4711" }],
});

const position = (signer) => ({
  signer,
  pageNumber: 0,
  positionX: 50,
  positionY: 100,
});

/** A process with a file, ready to be released. */
async function ready(...signers) {
  const process = await sign.processes.create(model(...signers));
  const file = await process.attach(PDF, {
    name: "contract.pdf",
    externalIdentifier: "contract",
    signaturePositions: signers.map(position),
  });
  return { process, file };
}

const rejection = (promise) =>
  promise.then(
    () => assert.fail("not rejected"),
    (error) => error,
  );

test("from a PDF to a signed PDF", async () => {
  const { process, file } = await ready("a", "b");
  assert.equal(process.state, "CREATED");
  assert.match(file.fileId, /^[0-9a-f-]{36}$/);
  const setup = await process.setup({
    language: "de-CH",
    backUrl: "https://example.com/",
    mode: "EMBEDDED",
  });
  assert.match(setup.url, /^http/);
  const released = await process.release({ notification: { locale: "de-CH" } });
  assert.equal(released.alreadyReleased, false);
  assert.deepEqual(
    released.participants
      .map(({ externalIdentifier }) => externalIdentifier)
      .filter(Boolean)
      .sort(),
    ["a", "b"],
  );
  assert.equal(process.state, "PENDING");
  assert.equal((await process.release()).alreadyReleased, true);
  const opened = await process.open("a", {
    skipAuthorization: true,
    successUrl: "https://example.com/done",
  });
  assert.match(opened.url, /^http/);
  assert.equal(await process.status(), "PENDING");
  await sandbox.act(`${process.id}/participants/a/sign`);
  const changes = [];
  const waiting = process.waitFor("COMPLETED", {
    minIntervalMs: 5,
    maxIntervalMs: 20,
    onChange: ({ to }) => changes.push(to),
  });
  await sandbox.act(`${process.id}/participants/b/sign`);
  const completed = await waiting;
  assert.deepEqual(changes.at(-1), "COMPLETED");
  assert.deepEqual(
    completed.invitees.signers.map(({ status }) => status),
    ["SIGNED", "SIGNED"],
  );
  assert.equal(completed.properties[0].value, "4711");
  const [reference] = completed.fileReferences;
  const download = await process.download(reference.lastSignedFileId);
  assert.equal(download.contentType, "application/pdf");
  assert.equal(
    Buffer.from(await download.bytes()).toString("latin1", 0, 5),
    "%PDF-",
  );
  const original = await process.download("contract");
  assert.ok((await original.bytes()).length > 0);
  const records = await process.records();
  assert.ok(records.length >= 2);
  const dates = records.map(({ createdDate }) => Date.parse(createdDate));
  assert.deepEqual(
    dates,
    dates.toSorted((a, b) => b - a),
  );
});

test("a saved process goes on in another client", async () => {
  const { process } = await ready("a");
  const saved = JSON.stringify(process);
  for (const secret of Object.values(sandbox.credentials))
    assert.equal(saved.includes(secret), false);
  const other = await createClient({ ...sandbox });
  const resumed = other.processes.resume(saved);
  assert.equal((await resumed.release()).alreadyReleased, false);
  assert.equal(await process.status(), "PENDING");
  assert.equal((await other.processes.get(process.id)).state, "PENDING");
});

test("what the state forbids is refused here, and said by the platform when the state is stale", async () => {
  const { process } = await ready("a");
  const stale = sign.processes.resume(JSON.stringify(process));
  await process.release();
  const here = await rejection(process.attach(PDF, { name: "late.pdf" }));
  assert.ok(here instanceof StateError);
  assert.deepEqual(here.allowed, process.allowedOperations());
  const there = await rejection(stale.attach(PDF, { name: "late.pdf" }));
  assert.ok(there instanceof ConflictError, String(there));
  assert.equal(there.status, 409);
  assert.ok(there.upstream.name.length > 0);
  assert.match(there.errorId, /^[0-9a-f-]{36}$/);
  assert.equal(there.processId, process.id);
});

test("the platform's own refusals are typed", async () => {
  const { process } = await ready("a");
  assert.ok(
    (await rejection(sign.processes.get(crypto.randomUUID()))) instanceof
      NotFoundError,
  );
  const twice = process.attach(PDF, {
    name: "x.pdf",
    externalIdentifier: "contract",
  });
  assert.ok((await rejection(twice)) instanceof ConflictError);
  const empty = await sign.processes.create(model());
  assert.ok((await rejection(empty.release())) instanceof ConflictError);
  await process.release();
  await sandbox.act(`${process.id}/participants/a/decline`, {});
  const declined = await rejection(
    process.waitFor("COMPLETED", { minIntervalMs: 5, timeoutMs: 5_000 }),
  );
  assert.ok(declined instanceof StateError);
  assert.equal(declined.reason, "declined");
});

test("wrong credentials and missing scopes are typed", async () => {
  const wrong = await createClient({
    ...sandbox,
    credentials: { ...sandbox.credentials, clientSecret: "wrong-canary" },
  });
  const error = await rejection(wrong.processes.create(model("a")));
  assert.ok(error instanceof AuthenticationError);
  assert.doesNotMatch(JSON.stringify(error), /canary/);
  // To see everything of the organization is a scope that is granted only when asked for.
  const listing = sign.processes.list().toArray({ limit: 1 });
  assert.ok((await rejection(listing)) instanceof PermissionError);
  const forged = await createClient({
    ...sandbox,
    accessToken: () => "forged",
  });
  const refused = await rejection(forged.processes.create(model("a")));
  assert.ok(refused instanceof AuthenticationError);
  assert.equal(refused.status, 401);
});

test("the list has what was created, newest first", async () => {
  const lister = await createClient({
    ...sandbox,
    credentials: {
      ...sandbox.credentials,
      scopes: ["sswp:process:create", "sswp:process:read:all"],
    },
  });
  const made = [];
  for (let number = 0; number < 5; number += 1) {
    made.push((await lister.processes.create(model("a"))).id);
  }
  const found = await lister.processes
    .list({ status: "CREATED", size: 2 })
    .toArray({ limit: 5 });
  assert.deepEqual(
    found.map(({ id }) => id),
    made.reverse(),
  );
  assert.equal(found[0].model.status, "CREATED");
});

test("a file of 12 MB goes up and comes back byte by byte", async () => {
  // A comment after the end, of every kind of byte but the one that ends it, and the end once more.
  const filler = new Uint8Array(12_000_001).map(
    (_, index) => 14 + ((index * 31) % 240),
  );
  const pdf = Buffer.from(PDF);
  const bytes = Buffer.concat([
    pdf,
    Buffer.from("%"),
    filler,
    Buffer.from("\n"),
    pdf.subarray(pdf.lastIndexOf("startxref")),
  ]);
  const process = await sign.processes.create(model("a"));
  const file = await process.attach(new Blob([bytes]), { name: "big.pdf" });
  const back = await (await process.download(file.fileId)).bytes();
  assert.ok(bytes.equals(back));
});

test("requests built without I/O work with any HTTP client", async () => {
  await loadWasm();
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: sandbox.clientId,
    client_secret: sandbox.clientSecret,
  });
  const token = await (
    await fetch(sandbox.tokenUrl, { method: "POST", body: form })
  ).json();
  const send = async ({ operation, method, path, headers, body }) => {
    const authorization = `Bearer ${token.access_token}`;
    const init = { method, headers: { ...headers, authorization }, body };
    const response = await fetch(sandbox.apiUrl + path, init);
    const { status } = response;
    return requests.decode(operation, {
      status,
      headers: response.headers,
      body: await response.text(),
    });
  };
  const created = await send(requests.create(model("a")));
  assert.equal((await send(requests.getStatus(created.id))).status, "CREATED");
  await assert.rejects(send(requests.open(created.id, "a")), ConflictError);
});

test("100 parallel calls share one token", async () => {
  let tokens = 0;
  const many = await createClient({
    ...sandbox,
    onRequest: ({ operation }) => (tokens += operation === "token" ? 1 : 0),
  });
  const { process } = await ready("a");
  const same = many.processes.resume(JSON.stringify(process));
  await Promise.all(Array.from({ length: 100 }, () => same.status()));
  assert.equal(tokens, 1);
});

const EXAMPLE = new URL(
  "../../js-examples/node-invite-and-sign/main.mjs",
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

test("the example runs and writes its three files", async () => {
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
  await rm(out, { recursive: true });
});

test("the example says what is wrong with a file, and ends with a failure", async () => {
  const here = new URL(import.meta.url).pathname;
  for (const [path, message] of [
    ["/nowhere.pdf", /there is no file/],
    ["/dev/null", /is not a file/],
    [here, /is no PDF/],
  ]) {
    const error = await rejection(example("--pdf", path));
    assert.equal(error.code, 1);
    assert.match(error.stderr, message);
    assert.doesNotMatch(error.stderr, /\n\s+at /);
  }
});
