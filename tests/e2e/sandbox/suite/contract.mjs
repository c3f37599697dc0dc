// The contract over plain `fetch`.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { smallPdf } from "../../../../js-examples/node-invite-and-sign/pdf.mjs";
import { readContract } from "../../support/contract.mjs";
import { apiOf, model, sandbox, started } from "../host.mjs";

const MISSING = "/6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";

let api;
before(async () => {
  await started;
  api = await apiOf();
});

const attachment = (...signers) => ({
  name: "Offer.pdf",
  contentType: "application/pdf",
  externalIdentifier: "offer",
  content: Buffer.from(smallPdf("Offer")).toString("base64"),
  signaturePositions: signers.map((signer, index) => ({
    signer,
    pageNumber: 0,
    positionX: 60 + 200 * index,
    positionY: 600,
  })),
});

async function expect(status, answer) {
  const response = await answer;
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.match(
    response.headers.get("sandbox"),
    /^sign-sandbox\/.+; contract=2\.19\.0$/,
  );
  return text === "" ? undefined : JSON.parse(text);
}

const refused = async (status, name, answer) =>
  assert.equal((await expect(status, answer)).name, name);

/** A process with a file. */
async function draft(...signers) {
  const { id } = await expect(201, api("POST", "", model(...signers)));
  await expect(201, api("POST", `/${id}/attach`, attachment(...signers)));
  return id;
}

test("every operation returns every status that the contract documents", async (t) => {
  const seen = {};
  const call = async (operation, method, path, body, as = api) => {
    const response = await as(method, path, body);
    const bytes = await response.arrayBuffer();
    (seen[operation] ??= new Set()).add(response.status);
    return { status: response.status, bytes };
  };
  const { fetch, url } = sandbox;
  const stranger = (method, path, body) =>
    fetch(`${url}/system/api/process${path}`, {
      method,
      headers: { authorization: "Bearer a.b.c" },
      body: body && JSON.stringify(body),
    });
  const other = await apiOf({
    ...(await sandbox.organization()),
    url,
    fetch,
    environment: sandbox.environment,
  });

  const empty = (await expect(201, api("POST", "", model()))).id;
  const id = await draft("anna", "beat");
  const OPERATIONS = {
    findAll: ["GET", () => ""],
    create: ["POST", () => "", model("anna")],
    setup: ["POST", (p) => `${p}/setup`, {}],
    release: ["POST", (p) => `${p}/release`, {}],
    open: ["POST", (p) => `${p}/open/anna`, {}],
    attach: ["POST", (p) => `${p}/attach`, attachment("anna")],
    getProcess: ["GET", (p) => p],
    getStatus: ["GET", (p) => `${p}/status`],
    getRecords: ["GET", (p) => `${p}/record`],
    getFile: ["GET", (p) => `${p}/file/offer`],
    getFileContent: ["GET", (p) => `${p}/file/offer/content`],
  };
  const ask = (operation, process, as) => {
    const [method, path, body] = OPERATIONS[operation];
    return call(operation, method, path(process), body, as);
  };
  for (const operation of Object.keys(OPERATIONS)) {
    await ask(operation, MISSING, stranger);
    await ask(operation, MISSING);
  }
  await call("create", "POST", "", model("anna", "anna"));
  await call("findAll", "GET", "?size=21");
  await ask("attach", `/${empty}`);
  const draftOfOne = (await expect(201, api("POST", "", model("anna")))).id;
  await ask("attach", `/${draftOfOne}`);
  await ask("setup", `/${id}`);
  await ask("release", `/${empty}`);
  await ask("release", `/${id}`, other);
  await ask("release", `/${id}`);
  await ask("release", `/${id}`);
  await ask("open", `/${id}`);
  for (const operation of [
    "getProcess",
    "getStatus",
    "getRecords",
    "getFile",
    "getFileContent",
  ]) {
    await ask(operation, `/${id}`);
  }
  await sandbox.sign(id, "anna");
  await sandbox.sign(id, "beat");
  await sandbox.archive(id);
  await ask("getFile", `/${id}`);
  await ask("getFileContent", `/${id}`);
  // Statuses that the sandbox returns only with a switch are injected as faults.
  const BY_FAULT = [
    ["getProcess", 409],
    ["getStatus", 409],
    ["getFile", 412],
    ["getFileContent", 412],
  ];
  for (const [operation, status] of BY_FAULT) {
    await sandbox.faults.add({
      match: { operation, nth: 1 },
      action: { status },
    });
    assert.equal((await ask(operation, `/${id}`)).status, status);
  }
  await sandbox.faults.clear();

  const contract = readContract(t);
  if (!contract) return;
  const documented = Object.values(contract.paths).flatMap(Object.values);
  assert.equal(documented.length, Object.keys(OPERATIONS).length);
  for (const { operationId, responses } of documented) {
    const missing = Object.keys(responses).filter(
      (status) => !seen[operationId].has(Number(status)),
    );
    assert.deepEqual(missing, [], `${operationId} never answered these`);
  }
});

test("rejects malformed, mistyped and oversized bodies", async () => {
  const json = { "content-type": "application/json; charset=utf-8" };
  for (const body of ["", "{", "[]", "null", "{}x", '{"initiator":1}'])
    await refused(400, "Validation", api("POST", "", body, json));
  const text = { "content-type": "text/plain" };
  await refused(
    415,
    "HttpMediaTypeNotSupported",
    api("POST", "", "{}", { ...text }),
  );
  const large = "x".repeat(70 * 1024 * 1024);
  const process = (await expect(201, api("POST", "", model()))).id;
  await refused(
    413,
    "RequestTooLarge",
    api("POST", `/${process}/attach`, large, json),
  );
});

test("names ignored fields in the header sandbox-warning", async () => {
  const answer = await api("POST", "", { ...model("anna"), colour: "blue" });
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.get("sandbox-warning"), "unknown-field $.colour");
});

test("answers HEAD, and 404 and 405 for unknown paths and methods", async () => {
  const { fetch, url, environment } = sandbox;
  const head = await fetch(`${url}/_sandbox/health`, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
  const wrong = await fetch(`${url}/system/api/process`, { method: "DELETE" });
  assert.equal(wrong.status, 405);
  assert.equal((await fetch(`${url}/system/nothing`)).status, 404);
  const health = await fetch(new URL("/_sandbox/health", url));
  assert.equal(health.headers.get("content-type"), "application/json");
  assert.equal(
    Number(health.headers.get("content-length")),
    (await health.clone().arrayBuffer()).byteLength,
  );
  assert.equal(health.url, `${url}/_sandbox/health`);
  assert.equal(health.redirected, false);
  const request = new Request(environment.tokenUrl, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const refusal = await fetch(request);
  assert.equal(refusal.status, 400);
  assert.ok((await refusal.json()).error);
});

test("a token expires after its ttl, survives a key rotation, and can be revoked", async () => {
  const { clientId } = sandbox.credentials;
  const token = (ttl) => sandbox.control("POST", "/tokens", { clientId, ttl });
  const status = async ({ access_token }) => {
    const headers = { authorization: `Bearer ${access_token}` };
    const url = `${sandbox.url}/system/api/process${MISSING}`;
    return (await sandbox.fetch(url, { headers })).status;
  };
  assert.equal(await status(await token(0)), 401);
  const good = await token(60);
  assert.equal(await status(good), 404);
  const { kid } = await sandbox.control("POST", "/keys/rotate", {
    keepPrevious: true,
  });
  assert.equal(await status(good), 404);
  const certs = sandbox.environment.tokenUrl.replace(/token$/, "certs");
  const { keys } = await (await sandbox.fetch(certs)).json();
  assert.equal(keys[0].kid, kid);
  assert.equal(keys.length, 2);
  await sandbox.control("POST", "/tokens/revoke", {
    token: good.access_token,
  });
  assert.equal(await status(good), 401);
});
