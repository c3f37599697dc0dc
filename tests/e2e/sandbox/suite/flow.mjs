// The packed package from a PDF to a signed PDF.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import {
  AuthenticationError,
  ConflictError,
  NotFoundError,
  PermissionError,
  StateError,
  createClient,
} from "swisscom-sign";
import { loadWasm, requests } from "swisscom-sign/core";

import { smallPdf } from "../../../../js-examples/node-invite-and-sign/pdf.mjs";
import { rejection } from "../../support/async.mjs";
import { connection, sandbox, started } from "../host.mjs";

let sign;
before(async () => {
  await started;
  sign = await createClient(connection());
});

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

test("carries a PDF from create to the signed file", async () => {
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
  await sandbox.sign(process, "a");
  const changes = [];
  const waiting = process.waitFor("COMPLETED", {
    minIntervalMs: 5,
    maxIntervalMs: 20,
    onChange: ({ to }) => changes.push(to),
  });
  await sandbox.sign(process, "b");
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

test("resumes a saved process in another client", async () => {
  const { process } = await ready("a");
  const saved = JSON.stringify(process);
  for (const secret of Object.values(sandbox.credentials))
    assert.equal(saved.includes(secret), false);
  const other = await createClient(connection());
  const resumed = other.processes.resume(saved);
  assert.equal((await resumed.release()).alreadyReleased, false);
  assert.equal(await process.status(), "PENDING");
  assert.equal((await other.processes.get(process.id)).state, "PENDING");
});

test("rejects a forbidden operation locally, and as ConflictError if the local state is stale", async () => {
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

test("maps errors of the platform to error classes", async () => {
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
  await sandbox.decline(process, "a");
  const declined = await rejection(
    process.waitFor("COMPLETED", { minIntervalMs: 5, timeoutMs: 5_000 }),
  );
  assert.ok(declined instanceof StateError);
  assert.equal(declined.reason, "declined");
});

test("maps wrong credentials and missing scopes to error classes", async () => {
  const wrong = await createClient({
    ...connection(),
    credentials: { ...sandbox.credentials, clientSecret: "wrong-canary" },
  });
  const error = await rejection(wrong.processes.create(model("a")));
  assert.ok(error instanceof AuthenticationError);
  assert.doesNotMatch(JSON.stringify(error), /canary/);
  // The scope read:all is granted only on request.
  const listing = sign.processes.list().toArray({ limit: 1 });
  assert.ok((await rejection(listing)) instanceof PermissionError);
  const forged = await createClient({
    ...connection(),
    accessToken: () => "forged",
  });
  const refused = await rejection(forged.processes.create(model("a")));
  assert.ok(refused instanceof AuthenticationError);
  assert.equal(refused.status, 401);
});

test("lists created processes, newest first", async () => {
  const lister = await createClient({
    ...connection(),
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

test("uploads and downloads a file of 12 MB without a changed byte", async () => {
  // A comment after the trailer of every byte except line ends, then the trailer again.
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

test("builds requests that any HTTP client can send", async () => {
  await loadWasm();
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: sandbox.credentials.clientId,
    client_secret: sandbox.credentials.clientSecret,
  });
  const token = await (
    await sandbox.fetch(sandbox.environment.tokenUrl, {
      method: "POST",
      body: form,
    })
  ).json();
  const send = async ({ operation, method, path, headers, body }) => {
    const authorization = `Bearer ${token.access_token}`;
    const init = { method, headers: { ...headers, authorization }, body };
    const response = await sandbox.fetch(
      sandbox.environment.apiUrl + path,
      init,
    );
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
    ...connection(),
    onRequest: ({ operation }) => (tokens += operation === "token" ? 1 : 0),
  });
  const { process } = await ready("a");
  const same = many.processes.resume(JSON.stringify(process));
  await Promise.all(Array.from({ length: 100 }, () => same.status()));
  assert.equal(tokens, 1);
});
