// Preflight checks: all problems at once, without a request.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";

import { createClient, UncertainOutcomeError, ValidationError } from "swisscom-sign";

import {
  API,
  FILE,
  ID,
  PDF,
  PERSON,
  client,
  json,
  processIn,
  rejection,
  stub,
} from "./support.mjs";

const short = (problems) => problems.map(({ path, code }) => `${path} ${code}`);

const SIGNER = { type: "SIGNER", firstName: "A", lastName: "B" };
const GWG = { initiator: { ...SIGNER, verification: {} }, signatureLevel: "ADVANCED" };

const refused = async (call, log, expected) => {
  const error = await rejection(call);
  assert.ok(error instanceof ValidationError, inspect(error));
  assert.deepEqual(short(error.problems), expected);
  assert.equal(log.tokens + log.calls.length, 0, "a request was made");
  for (const { message } of error.problems) assert.match(message, /^[a-z]+ [A-Za-z]+/);
  return error;
};

test("create reports all field and rule problems without a request", async () => {
  const { fetch, log } = stub();
  const sign = await client(fetch);
  const twice = { key: "case", value: "1" };
  const process = {
    initiator: { type: "PERSON", email: "no address", externalIdentifier: "a" },
    invitees: { signers: [{ ...SIGNER, externalIdentifier: "a", mobile: "079 123 45 67" }] },
    properties: [twice, twice],
  };
  const expected = [
    "$.initiator.email format",
    "$.invitees.signers[0].mobile format",
    "$.properties[1].key not_unique",
    "$.invitees.signers[0].externalIdentifier not_unique",
  ];
  const error = await refused(sign.processes.create(process), log, expected);
  assert.match(
    error.message,
    /^invalid request: create was not sent: \$\.initiator\.email: .* \(and 1 more problem\)$/,
  );
  assert.deepEqual(
    error.problems.map(({ severity }) => severity),
    ["error", "warning", "error", "warning"],
  );
  assert.deepEqual(await sign.processes.check("create", process), error.problems);
  assert.deepEqual(await sign.processes.check("create", PERSON), []);
  assert.deepEqual(short(await sign.processes.check("create")), ["$ type"]);
  assert.equal(log.tokens + log.calls.length, 0);
});

test("sends QUALIFIED to TEST with a warning, by name and by URL", async () => {
  const at = (environment, fetch, logger) =>
    createClient({ environment, accessToken: () => "t", fetch, logger, maxRetries: 0 });
  for (const environment of ["test", { apiUrl: "https://test.sign.swisscom.ch/system/" }]) {
    const { fetch, log } = stub();
    const warnings = [];
    const sign = await at(environment, fetch, { warn: (line) => warnings.push(line) });
    const [problem] = await sign.processes.check("create", PERSON);
    assert.deepEqual([problem.code, problem.severity], ["not_signable_on_test", "warning"]);
    assert.deepEqual(warnings, [], "check logs nothing");
    await sign.processes.create(PERSON);
    await sign.processes.create({ ...PERSON, signatureLevel: "QUALIFIED_EU" });
    assert.equal(warnings.length, 2);
    assert.match(warnings[1], /^swisscom-sign: create: \$\.signatureLevel: .*QUALIFIED_EU/);
    await sign.processes.create({ ...PERSON, signatureLevel: "ADVANCED" });
    assert.equal(log.calls.length, 3);
    assert.equal(warnings.length, 2);
  }
  for (const environment of ["production", "sandbox", { apiUrl: API }]) {
    const sign = await at(environment, stub().fetch);
    assert.deepEqual(await sign.processes.check("create", PERSON), []);
  }
});

test("rejects corporate-only fields only if the caller states the public tenant", async () => {
  for (const tenant of [undefined, null, "corporate"]) {
    const { fetch, log } = stub();
    const sign = await client(fetch, { tenant });
    await sign.processes.create(GWG);
    await sign.processes.create(GWG);
    assert.equal(log.calls.length, 2, String(tenant));
  }
  const { fetch, log } = stub();
  const sign = await client(fetch, { tenant: "public" });
  await refused(sign.processes.create(GWG), log, ["$.initiator.verification corporate_only"]);
  const wrong = await rejection(client(fetch, { tenant: "organization" }));
  assert.equal(wrong.code, "invalid_argument");
});

test("uses a process that was read as a template, and serializes an object as payload", async () => {
  const { fetch, log } = stub();
  const warnings = [];
  const sign = await client(fetch, { logger: { warn: (line) => warnings.push(line) } });
  const read = { ...PLACED, properties: [{ key: "swisscom-sign.correlation", value: "other" }] };
  await sign.processes.create({ ...read, payload: { order: 4711 } });
  const { properties, ...sent } = await log.calls[0].json();
  assert.deepEqual(sent, {
    signatureLevel: "SIMPLE",
    initiator: { ...SIGNER, externalIdentifier: "anna" },
    payload: '{"order":4711}',
  });
  assert.equal(properties.length, 1);
  assert.notEqual(properties[0].value, "other", "the correlation of another process");
  assert.equal(warnings.length, 4, "id, status, identification, fileReferences");
});

test("accepts success statuses that the contract does not list for the operation", async () => {
  const sign = await client(stub(() => json(208, { id: ID, status: "CREATED" })).fetch);
  assert.equal((await sign.processes.create(PERSON)).id, ID);
  const process = await processIn("CREATED", stub(() => new Response(null, { status: 204 })).fetch);
  assert.deepEqual(await process.release(), { participants: [], alreadyReleased: false });
});

const PLACED = {
  id: ID,
  status: "CREATED",
  signatureLevel: "SIMPLE",
  initiator: { ...SIGNER, externalIdentifier: "anna", identification: FILE },
  fileReferences: [
    {
      id: FILE,
      externalIdentifier: "offer",
      signaturePositions: [{ signer: FILE, pageNumber: 0, positionX: 0, positionY: 0 }],
    },
  ],
};

test("checks release against its options and the signature level", async () => {
  const { fetch, log } = stub(() => json(201, PLACED));
  const created = await (await client(fetch)).processes.create(PERSON);
  assert.equal(log.calls.length, 1);
  const options = {
    validUntil: "2020-01-01T00:00:00Z",
    signatureMethods: ["SMS"],
    notification: {
      locale: "de-CH",
      suppress: ["ALL"],
      reminder: { interval: "PT1H", beforeExpiry: ["P31D"] },
    },
  };
  const error = await rejection(created.release(options));
  assert.deepEqual(short(error.problems), [
    "$.validUntil out_of_range",
    "$.notification.reminder.interval out_of_range",
    "$.notification.reminder.beforeExpiry[0] out_of_range",
    "$.notification.reminder reminders_suppressed",
    "$.signatureMethods[0] method_not_for_level",
  ]);
  assert.equal(log.calls.length, 1);
  // The process was never read, so there is no model to check.
  const resumed = stub(() => json(200, { id: ID, status: "PENDING" }));
  const process = await processIn("CREATED", resumed.fetch);
  await process.release({ signatureMethods: ["SMS"] });
  assert.equal(resumed.log.calls.length, 1);
});

test("sends release even if an outdated model fails its preconditions", async () => {
  const { fetch, log } = stub((request) =>
    json(request.url.endsWith("/release") ? 200 : 201, { ...PLACED, fileReferences: [] }),
  );
  const process = await (await client(fetch)).processes.create(PERSON);
  await process.release();
  assert.deepEqual(
    log.calls.map(({ method }) => method),
    ["POST", "POST"],
  );
});

test("check(release) reads the process and reports every unmet precondition", async () => {
  let model = { ...PLACED, fileReferences: [] };
  const { fetch, log } = stub(() => json(200, model));
  const process = await processIn("CREATED", fetch);
  assert.deepEqual(short(await process.check("release", { signatureMethods: ["FAX", "SMS"] })), [
    "$.signatureMethods[0] enumeration",
    "$.signatureMethods[1] method_not_for_level",
    "$.fileReferences no_document",
  ]);
  assert.deepEqual(
    log.calls.map(({ method, url }) => [method, new URL(url).pathname]),
    [["GET", `/system/api/process/${ID}`]],
  );
  model = PLACED;
  assert.deepEqual(await process.check("release"), []);
  model = { ...PLACED, initiator: { type: "NON_PERSON", name: "CRM" } };
  assert.deepEqual(short(await process.check("release")), ["$.invitees.signers no_signer"]);
  model = { ...PLACED, fileReferences: [{ id: FILE, signaturePositions: [] }] };
  assert.deepEqual(short(await process.check("release")), [
    "$.initiator signer_not_placed",
    "$.fileReferences no_document_with_all_signers",
  ]);
  // The read shows that the process was released meanwhile, so a release has no effect.
  model = { ...PLACED, fileReferences: [], status: "PENDING" };
  assert.deepEqual(await process.check("release"), []);
  assert.equal(process.state, "PENDING");
  const calls = log.calls.length;
  assert.deepEqual(await process.check("release"), []);
  assert.equal(log.calls.length, calls, "nothing is left to be read");
});

test("check(release) rejects if the process cannot be read", async () => {
  const process = await processIn("CREATED", stub(() => json(404)).fetch);
  assert.equal((await rejection(process.check("release"))).code, "not_found");
  const controller = new AbortController();
  controller.abort("no");
  const pending = process.check("release", {}, { signal: controller.signal });
  assert.equal((await rejection(pending)).code, "aborted");
});

test("other checks make no request; attach and open use the last model", async () => {
  const nothing = await processIn("CREATED", () => assert.fail("a request was made"));
  assert.deepEqual(await nothing.check("attach"), []);
  assert.deepEqual(await nothing.check("setup"), []);
  assert.deepEqual(short(await nothing.check("open", { mode: "POPUP" })), [
    "$ state_forbids",
    "$.mode enumeration",
  ]);
  assert.deepEqual(short(await nothing.check("setup", { language: "rm-CH", mode: "POPUP" })), [
    "$.language enumeration",
    "$.mode enumeration",
  ]);
  const { fetch } = stub(() => json(200, PLACED));
  const process = await (await client(fetch)).processes.get(ID);
  const position = { pageNumber: 0, positionX: 1, positionY: 1 };
  const details = {
    name: "a.pdf",
    size: 7,
    onProgress() {},
    externalIdentifier: "offer",
    signaturePositions: [
      { signer: "anna", ...position },
      { signer: "nobody", ...position },
    ],
  };
  assert.deepEqual(short(await process.check("attach", details)), [
    "$.externalIdentifier not_unique",
    "$.signaturePositions[1].signer unknown_participant",
  ]);
  const pending = stub(() => json(200, { ...PLACED, status: "PENDING" }));
  const released = await (await client(pending.fetch)).processes.get(ID);
  assert.deepEqual(await released.check("open", { personId: "anna" }), []);
  assert.deepEqual(short(await released.check("open", { personId: "nobody" })), [
    "$.personId unknown_participant",
  ]);
  assert.deepEqual(short(await released.check("open", { personId: 7 })), ["$.personId type"]);
  const error = await rejection(process.check("nothing"));
  assert.equal(error.code, "invalid_argument");
});

test("check reports input that is not JSON as a problem", async () => {
  const process = await processIn("CREATED", stub().fetch);
  const cycle = {};
  cycle.self = cycle;
  assert.deepEqual(short(await process.check("setup", cycle)), ["$ syntax"]);
  for (const input of [7, "text", [], true]) {
    assert.ok((await process.check("setup", input)).length > 0, String(input));
  }
});

test("setup and open report their problems without a request", async () => {
  const { fetch, log } = stub();
  const created = await processIn("CREATED", fetch);
  await refused(created.setup({ language: "rm-CH" }), log, ["$.language enumeration"]);
  const pending = await processIn("PENDING", fetch);
  const open = pending.open("anna", { mode: "POPUP" });
  await refused(open, log, ["$.mode enumeration"]);
});

test("applies the core's rules to files", async () => {
  const { fetch, log } = stub();
  const process = await processIn("CREATED", fetch);
  for (const [bytes, code] of [
    [new Uint8Array(0), "file_empty"],
    [Buffer.from("%PD"), "not_a_pdf"],
    [Buffer.from("%pdf-1.7"), "not_a_pdf"],
    [Buffer.from(`${" ".repeat(1024)}%PDF-1.7`), "not_a_pdf"],
  ]) {
    await refused(process.attach(bytes, { name: "a.pdf" }), log, [`$.content ${code}`]);
  }
  const both = process.attach(new Uint8Array(0), {});
  await refused(both, log, ["$.name required", "$.content file_empty"]);
});

test("rejects a create response without a process id", async () => {
  for (const id of [undefined, null, 7, "", "x", "../other"]) {
    const sign = await client(stub(() => json(201, { id, status: "CREATED" })).fetch);
    const error = await rejection(sign.processes.create(PERSON));
    assert.ok(error instanceof UncertainOutcomeError, "it may have been performed");
    assert.equal(error.cause.code, "malformed_response", String(id));
  }
});

test("rejects identifiers that are not strings", async () => {
  const { fetch, log } = stub();
  const sign = await client(fetch);
  const process = await processIn("PENDING", fetch);
  for (const id of [undefined, null, 7, {}, [], Symbol("s"), 7n, new String(ID)]) {
    await refused(sign.processes.get(id), log, ["$.processId type"]);
    await refused(process.open(id), log, ["$.personId type"]);
    await refused(process.download(id), log, ["$.fileId type"]);
  }
  await refused(process.download("x".repeat(2 ** 20)), log, ["$.fileId format"]);
});

test("treats null options as absent", async () => {
  const process = await processIn("CREATED", stub(() => json(201, { fileId: FILE })).fetch);
  const named = new File([PDF], "a.pdf");
  assert.equal((await process.attach(named, null, null)).fileId, FILE);
  const nulls = { signal: null, timeoutMs: null, maxRetries: null, headers: null };
  const details = { onProgress: null, size: null };
  assert.equal((await process.attach(named, details, nulls)).fileId, FILE);
  const { fetch } = stub((request) =>
    request.url.includes("/open/")
      ? json(200, { url: "https://x.example/" })
      : json(200, { id: ID, status: "COMPLETED", content: [], page: { totalPages: 0 } }),
  );
  const other = await processIn("PENDING", fetch);
  assert.equal(await other.status(null), "COMPLETED");
  assert.equal((await other.details(null)).id, ID);
  assert.deepEqual(await other.records(null), []);
  assert.equal((await other.open("x", null, null)).url, "https://x.example/");
  assert.equal((await other.waitFor("COMPLETED", null)).status, "COMPLETED");
  assert.deepEqual(await other.check("release", null, null), []);
  const sign = await client(fetch, {
    timeoutMs: null,
    maxRetries: null,
    logger: null,
    onRequest: null,
  });
  assert.equal((await sign.processes.get(ID, null)).id, ID);
  assert.deepEqual(await sign.processes.list(null, null).toArray({ limit: 1 }), []);
  assert.deepEqual(await sign.processes.list({ sort: null, page: null }).toArray({ limit: 1 }), []);
  assert.equal((await rejection(sign.processes.list().toArray(null))).code, "invalid_argument");
});

test("rejects options of the wrong type with a message", async () => {
  const { fetch, log } = stub();
  const process = await processIn("PENDING", fetch);
  for (const options of [
    7,
    "60",
    { maxRetries: "2" },
    { maxRetries: -1 },
    { maxRetries: NaN },
    { headers: "a: b" },
    { headers: { a: Symbol("s") } },
    { headers: { a: {} } },
    { headers: [7] },
    { timeoutMs: 10n },
  ]) {
    const error = await rejection(process.status(options));
    assert.equal(error.code, "invalid_argument", inspect(options));
  }
  assert.equal(log.tokens + log.calls.length, 0);
  assert.equal((await rejection(client(fetch, { onRequest: 1 }))).code, "invalid_argument");
});

test("rejects reserved headers and accepts any kind of header list", async () => {
  const { fetch, log } = stub(() => json(200, { id: ID, status: "PENDING" }));
  const process = await processIn("PENDING", fetch);
  const reserved = "Host content-length Authorization Cookie content-type accept connection origin";
  for (const name of [
    ...reserved.split(" "),
    "transfer-encoding",
    "sec-fetch-mode",
    "Proxy-Authorization",
  ]) {
    const error = await rejection(process.status({ headers: { [name]: "x" } }));
    assert.equal(error.code, "invalid_argument", name);
    assert.match(error.message, /header/);
  }
  assert.equal(log.tokens + log.calls.length, 0);
  for (const headers of [
    { "X-Request-Id": "7" },
    { "x-request-id": 7 },
    new Headers({ "x-request-id": "7" }),
    new Map([["x-request-id", "7"]]),
    [["x-request-id", "7"]],
  ]) {
    await process.status({ headers });
    assert.equal(log.calls.at(-1).headers.get("x-request-id"), "7");
  }
});

test("a connection error names host and operation", async () => {
  const lost = stub(() => Promise.reject(new TypeError("fetch failed")));
  const once = { maxRetries: 0 };
  const error = await rejection((await client(lost.fetch)).processes.get(ID, once));
  assert.equal(error.message, "connection failed: no response from api.example.com to getProcess");
  const cut = stub(() => ({ status: 200, text: () => Promise.reject(new Error("cut")) }));
  const half = await rejection((await client(cut.fetch)).processes.get(ID, once));
  assert.equal(
    half.message,
    "response truncated: the connection closed before the body was complete",
  );
  const sign = await client(() => Promise.reject(new TypeError("fetch failed")));
  const token = await rejection(sign.processes.create(PERSON));
  assert.equal(
    token.message,
    "token endpoint unreachable at iam.example.com: check tokenUrl and the network",
  );
  const slow = await client(stub(() => new Promise(() => {})).fetch);
  const late = await rejection(slow.processes.get(ID, { timeoutMs: 5 }));
  assert.equal(late.message, "getProcess: timeout after 5 ms");
});
