// `createSandbox`: the sandbox in this process.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { AuthenticationError, createClient } from "swisscom-sign";
import { createSandbox } from "swisscom-sign/sandbox";

import { apiOf, model } from "./host.mjs";

const client = (sandbox, options) =>
  createClient({
    environment: "sandbox",
    credentials: sandbox.credentials,
    fetch: sandbox.fetch,
    ...options,
  });

test("opens no socket, and rejects requests to other hosts", async () => {
  const sandbox = await createSandbox();
  const original = globalThis.fetch;
  globalThis.fetch = () => assert.fail("the network was asked");
  try {
    const sign = await client(sandbox);
    const process = await sign.processes.create(model("a"));
    assert.equal(await process.status(), "CREATED");
  } finally {
    globalThis.fetch = original;
  }
  for (const foreign of [
    "https://sign.swisscom.ch/system/api/process",
    "http://127.0.0.1:8481/",
    "https://127.0.0.1:8480/",
  ])
    await assert.rejects(sandbox.fetch(foreign), {
      name: "TypeError",
      message: /wrong origin/,
    });
  const handles = process.getActiveResourcesInfo();
  assert.ok(!handles.some((name) => /TCP|Server/.test(name)), handles.join());
  sandbox.free();
});

test("serves the base URL of the `url` option", async () => {
  const url = "https://test.sign.swisscom.ch";
  const sandbox = await createSandbox({ url, clientId: "shop" });
  assert.equal(sandbox.credentials.clientId, "shop");
  const sign = await client(sandbox, { environment: "test" });
  const process = await sign.processes.create(model("a"));
  const { url: setup } = await process.setup();
  assert.ok(setup.startsWith(`${url}/cockpit/`), setup);
  sandbox.free();
});

test("two sandboxes share no secrets, processes or tokens", async () => {
  const [one, two] = await Promise.all([createSandbox(), createSandbox()]);
  assert.notEqual(one.credentials.clientSecret, two.credentials.clientSecret);
  assert.notEqual(one.caPem, two.caPem);
  const stolen = await client(two, { credentials: one.credentials });
  const refused = stolen.processes.create(model("a"));
  await assert.rejects(refused, AuthenticationError);
  const clientId = one.credentials.clientId;
  const { access_token: token } = await one.control("POST", "/tokens", {
    clientId,
  });
  const process = await (await client(one)).processes.create(model("a"));
  const status = async (sandbox) => {
    const path = `${sandbox.environment.apiUrl}/api/process/${process.id}/status`;
    const headers = { authorization: `Bearer ${token}` };
    return (await sandbox.fetch(path, { headers })).status;
  };
  assert.equal(await status(one), 200);
  assert.equal(await status(two), 401);
  one.free();
  two.free();
});

test("names the invalid option in the error", async () => {
  for (const [options, message] of [
    [{ colour: "blue" }, /unknown field `colour`/],
    [{ settings: { qes: "perhaps" } }, /perhaps/],
    [{ settings: { signatureSize: "9x9" } }, /WIDTHxHEIGHT/],
    [{ settings: { tokenTtl: 0 } }, /tokenTtl: must be from 1 to 86400/],
    [{ settings: { archiveAfter: "-P1D" } }, /archiveAfter/],
    [{ settings: { accessCodeAttempts: 101 } }, /accessCodeAttempts/],
    [{ clock: { mode: "frozen", at: "2200-01-01T00:00:00Z" } }, /1970 to 2100/],
    [{ clock: { mode: "sundial" } }, /sundial/],
    [{ initialData: "other" }, /other/],
    [{ rngSeed: -1 }, /-1/],
    [{ url: "sign.swisscom.ch" }, /invalid `url`/],
    [{ url: "http://127.0.0.1:8480/system" }, /invalid `url`/],
  ])
    await assert.rejects(createSandbox(options), (error) => {
      assert.equal(error.code, "invalid_options", String(error.stack));
      assert.match(error.message, message);
      return true;
    });
});

test("a frozen clock without a time keeps the current time", async () => {
  const sandbox = await createSandbox({ clock: { mode: "frozen" } });
  const [first, second] = [
    await sandbox.clock.now(),
    await sandbox.clock.now(),
  ];
  assert.equal(first.getTime(), second.getTime());
  assert.ok(Math.abs(Date.now() - first.getTime()) < 600_000, String(first));
  sandbox.free();
});

test("applies settings and the demo data", async () => {
  const sandbox = await createSandbox({
    initialData: "demo",
    settings: {
      qes: "simulate",
      missingProcess: "409",
      tokenTtl: 60,
      signatureSize: "200x60",
    },
  });
  const { settings } = await sandbox.control("GET", "/info");
  assert.equal(settings.qes, "simulate");
  assert.equal(settings.missingProcess, "409");
  assert.equal(settings.signatureSize, "200x60");
  const api = await apiOf(sandbox);
  assert.equal((await api("GET", `/${crypto.randomUUID()}`)).status, 409);
  const { content } = await (await api("GET", "?size=20")).json();
  const states = new Set(content.map(({ status }) => status));
  assert.deepEqual([...states].toSorted(), [
    "COMPLETED",
    "CREATED",
    "EXPIRED",
    "PENDING",
  ]);
  await sandbox.reset();
  assert.equal((await api("GET", "?size=20")).status, 200);
  sandbox.free();
});

test("a freed sandbox rejects new and waiting calls with `freed`", async () => {
  const sandbox = await createSandbox();
  const waiting = sandbox.outbox.wait("nobody@example.com", { timeoutMs: 50 });
  sandbox.free();
  sandbox[Symbol.dispose]();
  await assert.rejects(waiting, { name: "SandboxError", code: "freed" });
  await assert.rejects(sandbox.fetch(sandbox.url), { code: "freed" });
});

test("fetch accepts strings, URLs, Requests and streams", async () => {
  const sandbox = await createSandbox();
  const { fetch, url } = sandbox;
  for (const input of [url, new URL(url), new Request(url)])
    assert.equal((await fetch(input)).status, 200);
  const stream = new Blob(['{"name":"demo"}']).stream();
  const posted = await fetch(`${url}/_sandbox/seed`, {
    method: "POST",
    body: stream,
    duplex: "half",
  });
  assert.equal(posted.status, 204);
  assert.equal(posted.body, null);
  await assert.rejects(fetch("/_sandbox/health"), TypeError);
  // Paths that only a fuzzer sends.
  for (const path of ["/%", "/%ff", "//", "/system//", "/\u{1f600}"])
    assert.ok((await fetch(`${url}${path}`)).status >= 400, path);
  sandbox.free();
});

test("free() releases the memory of a sandbox", async () => {
  const body = { content: "A".repeat(4 * 1024 * 1024) };
  const round = async () => {
    const sandbox = await createSandbox();
    const api = await apiOf(sandbox);
    await (await api("POST", "", body)).arrayBuffer();
    sandbox.free();
  };
  // Buffers that are only unreachable would count as growth.
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc");
  // `external` includes array buffers and the memory of WebAssembly.
  const used = () => {
    gc();
    return process.memoryUsage().external;
  };
  for (let count = 0; count < 3; count += 1) await round();
  const before = used();
  for (let count = 0; count < 20; count += 1) await round();
  const grown = used() - before;
  assert.ok(grown < 20 * 1024 * 1024, `${grown} bytes more`);
});
