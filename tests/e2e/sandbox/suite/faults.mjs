// Injected faults, as a caller of `fetch` sees them.

import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";

import { ConnectionError, ServerError, createClient } from "swisscom-sign";

import { connection, model, sandbox, started } from "../host.mjs";

let sign;
before(async () => {
  await started;
  sign = await createClient({ ...connection(), maxRetries: 0 });
});
afterEach(() => sandbox.faults.clear());

const addFault = (operation, action, match = {}) =>
  sandbox.faults.add({ match: { operation, ...match }, action });

/** Number of processes that `run` creates. */
async function countCreated(run) {
  const count = async () =>
    (await sandbox.export().then(JSON.parse)).processes.length;
  const before = await count();
  await run();
  return (await count()) - before;
}

test("rejects a broken connection as `fetch` does", async () => {
  const url = `${sandbox.environment.apiUrl}/api/process/${crypto.randomUUID()}/status`;
  for (const [drop, code] of [
    ["closeBefore", "UND_ERR_SOCKET"],
    ["closeAfter", "UND_ERR_SOCKET"],
    ["reset", "ECONNRESET"],
    ["garbage", "HPE_INVALID_CONSTANT"],
  ]) {
    await addFault("getStatus", { drop }, { nth: 1 });
    const error = await sandbox.fetch(url).then(assert.fail, (found) => found);
    assert.ok(error instanceof TypeError, drop);
    assert.equal(error.message, "fetch failed");
    assert.equal(error.cause?.code, code, drop);
  }
});

test("a broken connection loses create only if the fault strikes before it", async () => {
  const outcomes = { closeBefore: 0, closeAfter: 1, reset: 0, garbage: 0 };
  // In parallel, because the client waits before it looks up a process that may exist.
  await Promise.all(
    Object.entries(outcomes).map(async ([drop, created]) => {
      const { credentials, faults } = await sandbox.organization(drop);
      const client = await createClient({
        ...connection(),
        credentials: {
          ...credentials,
          scopes: ["sswp:process:create", "sswp:process:read:all"],
        },
        maxRetries: 0,
      });
      await faults.add({
        match: { operation: "create", nth: 1 },
        action: { drop },
      });
      const outcome = await client.processes
        .create(model("a"))
        .catch((error) => error);
      if (created) assert.equal(outcome.state, "CREATED", drop);
      else assert.ok(outcome instanceof ConnectionError, `${drop}: ${outcome}`);
      const found = await client.processes.list().toArray({ limit: 10 });
      assert.equal(found.length, created, drop);
    }),
  );
});

test("resets a connection after the request took effect", async () => {
  await addFault("create", { drop: "reset", execute: true }, { nth: 1 });
  const count = await countCreated(async () => {
    const found = await sign.processes.create(model("a"));
    assert.equal(await found.status(), "CREATED");
  });
  assert.equal(count, 1);
});

test("truncates a body in its middle", async () => {
  await addFault("getStatus", { drop: "truncate" });
  const url = `${sandbox.environment.apiUrl}/api/process/${crypto.randomUUID()}/status`;
  const response = await sandbox.fetch(url);
  assert.equal(response.status, 401);
  await assert.rejects(response.arrayBuffer(), TypeError);
  const process = await sign.processes.create(model("a"));
  const whole = await sandbox.fetch(
    `${sandbox.url}/_sandbox/processes/${process.id}/archive`,
    {
      method: "POST",
    },
  );
  assert.equal(whole.status, 409, "faults never apply to control endpoints");
  const cut = await sandbox.fetch(`${sandbox.environment.tokenUrl}`, {
    method: "POST",
    headers: { "sandbox-fault": "drop=truncate" },
  });
  const announced = Number(cut.headers.get("content-length"));
  const reader = cut.body.getReader();
  let received = 0;
  const error = await (async () => {
    for (;;) received += (await reader.read()).value.length;
  })().catch((found) => found);
  assert.ok(error instanceof TypeError, String(error));
  assert.equal(error.message, "terminated");
  assert.equal(received, Math.ceil(announced / 2));
});

test("delivers a throttled body in pieces and complete", async () => {
  await addFault("token", { drop: "throttle", latencyMs: 50 });
  const response = await sandbox.fetch(sandbox.environment.tokenUrl, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: sandbox.credentials.clientId,
      client_secret: sandbox.credentials.clientSecret,
    }),
  });
  const pieces = [];
  for await (const piece of response.body) pieces.push(piece);
  assert.ok(pieces.length > 1, `${pieces.length} pieces`);
  assert.ok(JSON.parse(Buffer.concat(pieces)).access_token);
});

test("an abort stops a throttled body", async () => {
  const slow = { "sandbox-fault": "drop=throttle; latencyMs=60000" };
  const { signal, abort } = abortable();
  const response = await sandbox.fetch(sandbox.environment.tokenUrl, {
    method: "POST",
    headers: slow,
    signal,
  });
  const reading = response.arrayBuffer();
  abort();
  await assert.rejects(reading, { name: "AbortError" });
});

test("an abort ends a delayed request without effect", async () => {
  await addFault("create", { latencyMs: 60_000 });
  const { signal, abort } = abortable();
  const count = await countCreated(async () => {
    const creating = sign.processes.create(model("a"), { signal });
    setTimeout(abort, 20);
    await assert.rejects(creating, { name: "AbortError" });
  });
  assert.equal(count, 0);
  const already = sandbox.fetch(`${sandbox.url}/_sandbox/health`, {
    signal: AbortSignal.abort(),
  });
  await assert.rejects(already, { name: "AbortError" });
});

test("an abort ends a request that waits for a message", async () => {
  const { signal, abort } = abortable();
  const url = `${sandbox.url}/_sandbox/outbox?to=nobody%40example.com&wait=60s`;
  const waiting = sandbox.fetch(url, { signal });
  setTimeout(abort, 20);
  await assert.rejects(waiting, { name: "AbortError" });
});

test("applies nth and times exactly", async () => {
  const fault = await addFault(
    "getStatus",
    { status: 503, retryAfter: 0 },
    { nth: 2, times: 2 },
  );
  const process = await sign.processes.create(model("a"));
  const outcomes = [];
  for (let call = 0; call < 5; call += 1) {
    outcomes.push(
      await process.status().then(
        () => "ok",
        (error) => error.constructor,
      ),
    );
  }
  assert.deepEqual(outcomes, ["ok", ServerError, ServerError, "ok", "ok"]);
  const [seen] = await sandbox.faults.list();
  assert.deepEqual([seen.id, seen.matched, seen.injected], [fault.id, 5, 2]);
  await sandbox.faults.remove(fault);
  assert.deepEqual(await sandbox.faults.list(), []);
});

test("rejects an invalid fault with 400", async () => {
  await assert.rejects(addFault("create", { drop: "gently" }), { status: 400 });
  await assert.rejects(addFault("dance", { status: 500 }), { status: 400 });
  const answer = await sandbox.fetch(sandbox.environment.tokenUrl, {
    method: "POST",
    headers: { "sandbox-fault": "colour=blue" },
  });
  assert.equal(answer.status, 400);
});

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
