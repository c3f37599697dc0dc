// Failures of connections, with the real `fetch` and servers on loopback: what was sent, and what ends.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { ConnectionError, TimeoutError, createClient } from "swisscom-sign";

import {
  FILE,
  ID,
  PERSON,
  json,
  processIn,
  rejection,
  stub,
  virtualClock,
  client,
} from "./support.mjs";

// Self-signed, for tests only.
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzQlJx01WtsicYSh1
7iYTohcpWNKyZ0EvN329vP99oyKhRANCAATDKiln9vay0I9bnLr27HH9ONTzhLXv
QpuN5scaEIPXQR87cVrWqmgodsL3M8miKxRHHrLao6pigFAkoC0jb2Uy
-----END PRIVATE KEY-----`;
const CERT = `-----BEGIN CERTIFICATE-----
MIIBkzCCATmgAwIBAgIUVGCe67d/XXskeOM0N7MGCu4ynV8wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MB4XDTI2MTEzMDE4NDEzOVoXDTM2MTEyNzE4
NDEzOVowFDESMBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEwyopZ/b2stCPW5y69uxx/TjU84S170KbjebHGhCD10EfO3Fa1qpoKHbC
9zPJoisURx6y2qOqYoBQJKAtI29lMqNpMGcwHQYDVR0OBBYEFBAe+YcbFeZ477A7
72hqf1owIWHSMB8GA1UdIwQYMBaAFBAe+YcbFeZ477A772hqf1owIWHSMA8GA1Ud
EwEB/wQFMAMBAf8wFAYDVR0RBA0wC4IJbG9jYWxob3N0MAoGCCqGSM49BAMCA0gA
MEUCIQD0A7urI4PHgpjXhmAJOFvsMf9KONr9I2FJlCsPtEtqgAIgTLEmGxrp7e5p
cMTd2BAipVcsu/xKO+kawHM6hFkLXIM=
-----END CERTIFICATE-----`;

/** Starts a server on a free port; `seen` counts connections. */
async function start(server) {
  const state = { connections: 0 };
  server.on("connection", (socket) => {
    state.connections += 1;
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  const { port } = server.address();
  return { ...state, state, port, close: () => (server.close(), server.closeAllConnections?.()) };
}

const at = (apiUrl, more) =>
  createClient({ environment: { apiUrl }, accessToken: () => "token", ...more });

describe("a create that could not connect was not sent", { concurrency: true }, () => {
  let requests = 0;
  const answer = (_, response) => void ((requests += 1), response.end());
  const failures = {
    "connection refused": [undefined, "http://127.0.0.1", /ECONNREFUSED/, 2],
    "host not found": [null, "https://host.invalid", /ENOTFOUND|EAI_AGAIN/, 2],
    "a blocked port": [null, "http://127.0.0.1:1", /proxy/, 1],
    "a rejected certificate": [
      () => createTlsServer({ key: KEY, cert: CERT }, answer),
      "https://localhost",
      /certificate rejected of localhost:\d+ \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
      1,
    ],
    "TLS to a server without TLS": [
      () => createServer(answer),
      "https://127.0.0.1",
      /ERR_SSL_WRONG_VERSION_NUMBER/,
      1,
    ],
    "a connection that closes before TLS is established": [
      () => createTcpServer((socket) => socket.once("data", () => socket.end())),
      "https://127.0.0.1",
      /ECONNRESET/,
      2,
    ],
  };
  for (const [name, [create, base, expected, attempts]] of Object.entries(failures)) {
    test(name, async () => {
      let url = base;
      let server;
      if (create !== null) {
        server = await start((create ?? createServer)());
        url = `${base}:${server.port}`;
        if (create === undefined) server.close();
      }
      const sign = await at(url, { maxRetries: 1 });
      const error = await rejection(sign.processes.create(PERSON));
      assert.ok(error instanceof ConnectionError, String(error));
      assert.match(error.message, /^connection failed: create was not sent: /);
      assert.match(error.message, expected);
      assert.deepEqual(
        [error.attempts, error.retryable, error.sentAt],
        [attempts, attempts > 1, undefined],
      );
      assert.equal(requests, 0);
      server?.close();
    });
  }

  test("a certificate of the token endpoint is not retried", async () => {
    const server = await start(createTlsServer({ key: KEY, cert: CERT }, answer));
    const tokenUrl = `https://localhost:${server.port}/token`;
    const environment = { apiUrl: "https://host.invalid", tokenUrl };
    const credentials = { clientId: "id", clientSecret: "secret" };
    const sign = await createClient({ environment, credentials });
    const error = await rejection(sign.processes.create(PERSON));
    assert.equal(error.code, "token_unavailable");
    assert.match(error.message, /certificate rejected/);
    assert.deepEqual([error.retryable, server.state.connections], [false, 1]);
    server.close();
  });
});

describe("a download", () => {
  const head = { "content-type": "application/pdf", "content-length": "100000" };
  const stalled = (_, response) => response.writeHead(200, head).write("%PDF-1.4");
  const cut = (_, response) =>
    response.writeHead(200, head).write("%PDF-1.4", () => setTimeout(() => response.destroy(), 20));
  const open = async (answer, more) => {
    const server = await start(createServer(answer));
    const sign = await at(`http://127.0.0.1:${server.port}`, { maxRetries: 0, ...more });
    const process = sign.processes.resume({ version: 1, id: ID, state: "COMPLETED" });
    return { server, process };
  };
  const uses = {
    bytes: (download) => download.bytes(),
    blob: (download) => download.blob(),
    stream: (download) => new Response(download.stream()).arrayBuffer(),
  };
  for (const [name, use] of Object.entries(uses)) {
    test(`${name}: the client's timeout covers the body`, async () => {
      const { server, process } = await open(stalled, { timeoutMs: 300 });
      const error = await rejection(use(await process.download(FILE)));
      assert.ok(error instanceof TimeoutError, String(error));
      assert.deepEqual([error.attempts, error.status], [1, 200]);
      server.close();
    });

    test(`${name}: an interrupted body reports its attempts`, async () => {
      const { server, process } = await open(cut);
      const error = await rejection(use(await process.download(FILE)));
      assert.ok(error instanceof ConnectionError, String(error));
      assert.equal(error.attempts, 1);
      server.close();
    });
  }

  test("a timeout before the response reports its attempts", async () => {
    const { server, process } = await open(() => undefined, { timeoutMs: 200 });
    const error = await rejection(process.download(FILE));
    assert.deepEqual([error.name, error.attempts], ["TimeoutError", 1]);
    server.close();
  });
});

describe("a token request that hangs ends", () => {
  const hanging = async () => {
    let closed = 0;
    let begun = 0;
    const server = await start(
      createServer((request) => {
        begun += 1;
        request.socket.once("close", () => (closed += 1));
      }),
    );
    const url = `http://127.0.0.1:${server.port}`;
    const sign = await createClient({
      environment: { apiUrl: url, tokenUrl: `${url}/token` },
      credentials: { clientId: "id", clientSecret: "secret" },
    });
    const until = async (count) => {
      while (closed < count) await sleep(5);
    };
    return { server, sign, until, begun: () => begun, closed: () => closed };
  };

  test("with the last call that waits for it, and the next call requests a token at once", async () => {
    const { server, sign, until, begun, closed } = await hanging();
    const long = new AbortController();
    const first = rejection(sign.processes.get(ID, { timeoutMs: 100 }));
    const second = rejection(sign.processes.get(ID, { signal: long.signal }));
    assert.equal((await first).name, "TimeoutError");
    assert.deepEqual([begun(), closed()], [1, 0], "the other call waits for the same request");
    long.abort();
    assert.equal((await second).name, "AbortError");
    await until(1);
    await rejection(sign.processes.get(ID, { timeoutMs: 100 }));
    await until(2);
    assert.equal(begun(), 2);
    server.close();
  });

  test("when the client is freed after the call", async () => {
    const { server, sign, until } = await hanging();
    const pending = rejection(sign.processes.get(ID, { timeoutMs: 100 }));
    await sign[Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]();
    await pending;
    await until(1);
    server.close();
  });
});

describe("a response that the platform did not send", () => {
  const html = (status) =>
    new Response("<html>gateway</html>", { status, headers: { "content-type": "text/html" } });
  const pending = { id: ID, status: "PENDING", createdDate: "2026-01-01T00:00:00Z" };
  const completed = { ...pending, status: "COMPLETED" };
  const empty = (status) => new Response(null, { status });

  for (const [name, answers] of Object.entries({
    "HTML 404": [html(404), html(404), html(404)],
    "HTML 403 and 410": [html(403), html(410), html(403)],
    "an empty 404": [empty(404)],
  })) {
    test(`${name} does not end waitFor`, async () => {
      const { clock, during } = virtualClock();
      const left = [
        json(200, pending),
        ...answers.map((answer) => answer.clone()),
        json(200, pending),
      ];
      const fetch = during(stub(() => left.shift() ?? json(200, completed)).fetch);
      const process = await processIn("PENDING", fetch, { clock });
      assert.equal((await process.waitFor("COMPLETED")).status, "COMPLETED");
    });

    test(`${name} does not end a watch`, async () => {
      const { clock, during } = virtualClock();
      const left = [
        json(200, pending),
        ...answers.map((answer) => answer.clone()),
        json(200, pending),
      ];
      const fetch = during(stub(() => left.shift() ?? json(200, completed)).fetch);
      const sign = await client(fetch, { clock });
      const types = [];
      for await (const { type } of sign.processes.watch({ ids: [ID] })) types.push(type);
      assert.equal(types.at(-1), "process.completed");
      assert.ok(!types.includes("process.gone"));
    });
  }

  test("two empty 404 in a row end both", async () => {
    const { clock, during } = virtualClock();
    const fetch = during(stub(() => empty(404)).fetch);
    const process = await processIn("PENDING", fetch, { clock });
    assert.equal((await rejection(process.waitFor("COMPLETED"))).name, "NotFoundError");
    const sign = await client(fetch, { clock });
    const types = [];
    for await (const { type } of sign.processes.watch({ ids: [ID] })) types.push(type);
    assert.deepEqual(types, ["process.gone"]);
  });

  test("is named in the message, and retryable", async () => {
    const sign = await client(stub(() => html(403)).fetch);
    const error = await rejection(sign.processes.get(ID));
    assert.match(error.message, /403: a proxy or gateway responded instead of the platform$/);
    assert.equal(error.retryable, true);
  });

  test("accepts a success whose status a gateway has changed", async () => {
    for (const status of [200, 202, 208]) {
      const created = await client(stub(() => json(status, { id: ID, status: "CREATED" })).fetch);
      assert.equal((await created.processes.create(PERSON)).id, ID);
      const draft = await processIn("CREATED", stub(() => json(status, { fileId: FILE })).fetch);
      const pdf = new TextEncoder().encode("%PDF-1.4");
      assert.equal((await draft.attach(pdf, { name: "a.pdf" })).fileId, FILE);
    }
    const release = await processIn("CREATED", stub(() => empty(204)).fetch);
    assert.deepEqual((await release.release()).participants, []);
  });
});

test("many calls with one signal cause no warning", async () => {
  const warnings = [];
  const collect = (warning) => warnings.push(warning.name);
  process.on("warning", collect);
  const { signal } = new AbortController();
  const sign = await client(stub(() => json(200, { id: ID, status: "PENDING" })).fetch);
  await Promise.all(Array.from({ length: 30 }, () => sign.processes.get(ID, { signal })));
  await sleep(10);
  process.off("warning", collect);
  assert.deepEqual(warnings, []);
});

test("a runtime without WebAssembly is named", async () => {
  const script = `
    delete globalThis.WebAssembly;
    const { createClient } = await import("swisscom-sign");
    const options = { environment: "sandbox", accessToken: () => "token" };
    const error = await createClient(options).catch((thrown) => thrown);
    console.log(error.name, error.retryable, error.message);
    process.exit();`;
  const args = ["--input-type=module", "--eval", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: import.meta.dirname,
  });
  assert.match(stdout, /^WasmLoadError false .*this runtime has no WebAssembly/);
  assert.doesNotMatch(stdout, /content security policy/);
});
