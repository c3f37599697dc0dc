// Mistakes of callers, and misbehaving servers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";

import { checkPlacement } from "swisscom-sign/pdf";
import { createSandbox } from "swisscom-sign/sandbox";

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

test("masks a token that the server echoes", async () => {
  for (const status of [400, 401, 409, 500]) {
    const echo = (request) => {
      const token = request.headers.get("authorization");
      return json(status, { name: "X", message: token, clientSubject: token, clientBody: token });
    };
    const sign = await client(stub(echo).fetch);
    const error = await rejection(sign.processes.create(PERSON));
    const printed = `${error} ${error.stack} ${JSON.stringify(error)} ${inspect(error, { depth: 9 })}`;
    assert.doesNotMatch(printed, /token-\d/, printed);
    assert.match(printed, /\[masked\]/);
  }
});

test("rejects a timeout that is not a number of milliseconds", async () => {
  const { fetch, log } = stub();
  const sign = await client(fetch);
  for (const timeoutMs of [NaN, -5, "60"]) {
    const error = await rejection(sign.processes.create(PERSON, { timeoutMs }));
    assert.equal(error.code, "invalid_argument", `${timeoutMs}`);
    assert.equal((await rejection(client(fetch, { timeoutMs }))).code, "invalid_argument");
  }
  assert.equal(
    (await rejection(sign.processes.create(PERSON, { signal: {} }))).code,
    "invalid_argument",
  );
  assert.equal(log.calls.length, 0);
  assert.equal((await sign.processes.create(PERSON, null)).id, ID);
});

test("rejects waiting for an unknown state", async () => {
  const { fetch, log } = stub();
  const process = await processIn("PENDING", fetch);
  for (const state of ["completed", "NOPE", null, 1]) {
    const error = await rejection(process.waitFor(state, { timeoutMs: 1000 }));
    assert.equal(error.code, "invalid_argument", `${state}`);
  }
  for (const minIntervalMs of [NaN, -1, "1"]) {
    const error = await rejection(process.waitFor("COMPLETED", { minIntervalMs, timeoutMs: 1000 }));
    assert.equal(error.code, "invalid_argument", `${minIntervalMs}`);
  }
  assert.equal(log.calls.length, 0);
});

test("rejects credentials and transport of the wrong type at creation", async () => {
  const { fetch } = stub();
  for (const clientSecret of [{}, 0, Promise.resolve("secret"), () => "secret"]) {
    const error = await rejection(client(fetch, { credentials: { clientId: "id", clientSecret } }));
    assert.equal(error.code, "invalid_argument");
    assert.match(error.message, /must be strings/);
  }
  const credentials = { clientId: "id", clientSecret: "secret", scopes: "read" };
  assert.equal((await rejection(client(fetch, { credentials }))).code, "invalid_argument");
  assert.equal((await rejection(client(1))).code, "invalid_argument");
});

test("a throwing callback does not fail the call", async () => {
  const attached = () => json(201, { fileId: FILE });
  const process = await processIn("CREATED", stub(attached).fetch);
  const onProgress = () => {
    throw new Error("a bug of the page");
  };
  assert.equal((await process.attach(PDF, { name: "a.pdf", onProgress })).fileId, FILE);
  const error = await rejection(process.attach(PDF, { name: "a.pdf", onProgress: 1 }));
  assert.equal(error.code, "invalid_argument");
  const logger = {
    debug() {
      throw new Error("a bug of the logger");
    },
  };
  const sign = await client(stub().fetch, { logger });
  assert.equal((await sign.processes.create(PERSON)).id, ID);
});

test("a pending call finishes after free()", async () => {
  const sign = await client(stub().fetch);
  const pending = sign.processes.create(PERSON);
  sign.free();
  assert.equal((await pending).id, ID);
  assert.match((await rejection(sign.processes.create(PERSON))).message, /client closed/);
});

test("rejects a source that returns itself", async () => {
  const process = await processIn("CREATED", stub().fetch);
  const error = await rejection(
    process.attach(
      function source() {
        return source;
      },
      { name: "a.pdf" },
    ),
  );
  assert.equal(error.name, "ValidationError");
});

test("rejects unknown options with the nearest known name", async () => {
  const { fetch, log } = stub();
  const sign = await client(fetch);
  const process = await processIn("PENDING", fetch);
  const saved = { overwrite: true, force: true };
  const credentials = { clientId: "id", clientSecret: "secret", secret: "secret" };
  for (const [call, message] of [
    [() => client(fetch, { timeout: 3000 }), /unknown option `timeout`: use `timeoutMs`/],
    [() => client(fetch, { retries: 1 }), /unknown option `retries`: use `maxRetries`/],
    [() => client(fetch, { onRespone() {} }), /`onRespone`: use `onResponse`/],
    [() => client(fetch, { baseUrl: API }), /unknown option `baseUrl`: expected environment, cred/],
    [() => client(fetch, { credentials }), /unknown credential `secret`: use `clientSecret`/],
    [() => sign.processes.create(PERSON, { abortSignal: 1 }), /`abortSignal`: use `signal`/],
    [() => process.details({ header: {} }), /`header`: use `headers`/],
    [() => process.download(FILE, { progress() {} }), /`progress`/],
    [() => process.waitFor("COMPLETED", { interval: 9 }), /`interval`: use `minIntervalMs`/],
    [async () => sign.processes.watch({ id: [ID] }), /`id`: use `ids`/],
    [() => sign.processes.list({}).toArray({ max: 3 }), /`max`: expected limit/],
    [() => sign.processes.list({}, { timeout: 3 }).toArray({ limit: 3 }), /`timeoutMs`/],
    [() => checkPlacement(PDF, [], { signer: ["a"] }), /`signer`: use `signers`/],
    [() => createSandbox({ seeds: "demo" }), /seeds/],
  ]) {
    const error = await rejection(call());
    assert.match(error.message, message);
    assert.match(error.code, /^invalid_(argument|options)$/);
  }
  assert.equal(log.calls.length, 0);
  const answer = () => new Response(PDF, { headers: { "content-type": "application/pdf" } });
  const open = await processIn("COMPLETED", stub(answer).fetch);
  const download = await open.download(FILE, { onProgress() {} });
  assert.match(
    (await rejection(download.saveTo("x.pdf", saved))).message,
    /`force`: expected over/,
  );
});

test("an unreadable path and a saved process of the wrong form are named in the message", async () => {
  const { fetch, log } = stub();
  const process = await processIn("CREATED", fetch);
  const missing = await rejection(process.attach({ path: "nope.pdf" }));
  assert.match(missing.message, /cannot read file `nope\.pdf`: ENOENT/);
  const sign = await client(fetch);
  for (const saved of [ID, {}, { id: ID }, "", undefined]) {
    const error = await rejection((async () => sign.processes.resume(saved))());
    assert.match(error.message, /JSON\.stringify\(process\)`.*`processes\.get\(id\)`/);
  }
  assert.equal(log.calls.length, 0);
});

test("sends a Date as text and rejects an invalid one", async () => {
  const { fetch, log } = stub(() => json(200, { participants: [] }));
  const process = await processIn("CREATED", fetch);
  const invalid = await rejection(process.release({ validUntil: new Date("soon") }));
  const [{ path, code, message }] = invalid.problems;
  assert.deepEqual([path, code, message], ["$.validUntil", "format", "invalid date"]);
  assert.equal(log.calls.length, 0);
  await process.release({ validUntil: new Date(Date.UTC(2030, 0, 31)) });
  assert.equal((await log.calls[0].json()).validUntil, "2030-01-31T00:00:00.000Z");
});
