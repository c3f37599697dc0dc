// Cases in which a wasm build can hang or end the process instead of rejecting.

import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";

import { AbortError, ConnectionError, TimeoutError } from "swisscom-sign";

import { ID, PDF, PERSON, client, json, processIn, rejection, stub } from "./support.mjs";

/** Number of released wasm clients: the module is loaded by the first client, with a counting export. */
let releases = 0;
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (...args) => {
  const made = await instantiate(...args);
  if (!args[1]?.["./swisscom_sign_bg.js"]) return made;
  const exports = { ...made.instance.exports };
  const { __wbg_wasmclient_free: free } = exports;
  exports.__wbg_wasmclient_free = (...pointer) => {
    releases += 1;
    free(...pointer);
  };
  return { ...made, instance: { exports } };
};

/** A fetch that never responds, unless its signal is aborted. */
const never = (request) =>
  request.url.endsWith("/token")
    ? stub().fetch(request)
    : new Promise((_, reject) => {
        request.signal.addEventListener("abort", () => reject(request.signal.reason));
      });

test("a signal aborted with a string rejects with that cause", async () => {
  const controller = new AbortController();
  const sign = await client(never);
  const pending = rejection(sign.processes.create(PERSON, { signal: controller.signal }));
  setTimeout(() => controller.abort("any string"), 5);
  const error = await pending;
  assert.ok(error instanceof AbortError);
  assert.equal(error.cause, "any string");
  assert.equal(error.operation, "create");
  assert.ok(await rejection(sign.processes.create({})), "the next call works");
});

test("an error from another realm rejects", async () => {
  const foreign = vm.runInNewContext("new TypeError('fetch failed')");
  assert.equal(foreign instanceof Error, false);
  const process = await processIn("PENDING", stub(() => Promise.reject(foreign)).fetch);
  const error = await rejection(process.status());
  assert.ok(error instanceof ConnectionError);
  assert.equal(error.cause, foreign);
  // The same for values that are not errors.
  for (const thrown of [undefined, null, 7, "text", Symbol("s"), Object.create(null)]) {
    const process = await processIn("PENDING", stub(() => Promise.reject(thrown)).fetch);
    const error = await rejection(process.status());
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.cause, thrown);
  }
});

test("accepts a plain object as response", async () => {
  const body = { id: ID, status: "CREATED", added: { by: "a newer platform" } };
  for (const answer of [
    {
      status: 201,
      headers: new Map([["content-type", "application/json"]]),
      text: async () => JSON.stringify(body),
    },
    { status: 201, headers: { "Content-Type": "application/json" }, json: async () => body },
    { status: 201, text: () => JSON.stringify(body) },
    { status: 201, body: JSON.stringify(body) },
  ]) {
    const sign = await client(stub(() => answer).fetch);
    const process = await sign.processes.create(PERSON);
    assert.equal(process.id, ID);
    assert.deepEqual(process.model, body);
  }
  for (const nothing of [undefined, null, "text", 7]) {
    const sign = await client(stub(() => nothing).fetch);
    assert.ok(await rejection(sign.processes.create(PERSON)));
  }
});

test("free() during a pending call settles the call and then releases the wasm client", async () => {
  let respond;
  const response = new Promise((resolve) => (respond = resolve));
  const sign = await client(stub(() => response).fetch);
  const pending = sign.processes.create(PERSON);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const before = releases;
  sign.free();
  sign.free();
  assert.equal(releases, before, "the pending call still needs it");
  respond(json(201, { id: ID, status: "CREATED" }));
  assert.equal((await pending).id, ID);
  assert.equal(releases, before + 1);
  const error = await rejection(sign.processes.create(PERSON));
  assert.equal(error.code, "invalid_argument");
  assert.match(error.message, /client closed/);
});

test("dispose closes the client", async () => {
  const sign = await client(stub().fetch);
  sign[Symbol.dispose]();
  assert.ok(await rejection(sign.processes.create(PERSON)));
  const other = await client(stub().fetch);
  await other[Symbol.asyncDispose]();
  assert.ok(await rejection(other.processes.create(PERSON)));
});

test("an aborted signal rejects without a request", async () => {
  const { fetch, log } = stub();
  const process = await processIn("CREATED", fetch);
  const signal = AbortSignal.abort("before");
  for (const call of [
    process.status({ signal }),
    process.details({ signal }),
    process.attach(PDF, { name: "a.pdf" }, { signal }),
    process.waitFor("COMPLETED", { signal }),
    process.download("x", { signal }),
  ]) {
    const error = await rejection(call);
    assert.ok(error instanceof AbortError);
    assert.equal(error.cause, "before");
  }
  assert.equal(log.tokens + log.calls.length, 0);
});

test("abort and timeout abort the transport", async () => {
  for (const limit of [() => ({ signal: AbortSignal.timeout(10) }), () => ({ timeoutMs: 10 })]) {
    let ended;
    const transport = new Promise((resolve) => (ended = resolve));
    const sign = await client((request) => {
      if (!request.url.endsWith("/token")) request.signal.addEventListener("abort", ended);
      return never(request);
    });
    await rejection(sign.processes.create(PERSON, limit()));
    await transport;
  }
});

test("removes its listeners from the caller's signal", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args) => ((listeners += 1), addEventListener.apply(signal, args));
  signal.removeEventListener = (...args) => (
    (listeners -= 1),
    removeEventListener.apply(signal, args)
  );
  const process = await processIn(
    "PENDING",
    stub(() => json(200, { id: ID, status: "PENDING" })).fetch,
  );
  for (let call = 0; call < 10; call += 1) await process.status({ signal });
  await rejection(process.setup({}, { signal }));
  assert.equal(listeners, 0);
});

test("a timeout rejects even if the transport ignores the signal", async () => {
  const deaf = (request) =>
    request.url.endsWith("/token") ? stub().fetch(request) : new Promise(() => {});
  const process = await processIn("PENDING", deaf);
  const error = await rejection(process.status({ timeoutMs: 20 }));
  assert.ok(error instanceof TimeoutError);
  assert.equal(error.code, "timeout");
  assert.equal(error.retryable, true);
});
