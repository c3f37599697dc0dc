// Creating a client, loading the module, and `swisscom-sign/core`.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";

import * as index from "swisscom-sign";
import {
  createClient,
  SecretInBrowserError,
  SignError,
  StateError,
  ValidationError,
} from "swisscom-sign";
import * as core from "swisscom-sign/core";
import { access, lifecycle, loadWasm, requests } from "swisscom-sign/core";

import { API, ID, PERSON, TOKEN, client, json, rejection, stub } from "./support.mjs";

const credentials = { clientId: "id", clientSecret: "secret" };

test("the entry points export exactly the documented names", () => {
  const errors = Object.keys(index).filter((name) => name.endsWith("Error"));
  assert.equal(errors.length, 17);
  assert.deepEqual(
    Object.keys(index).sort(),
    [...errors, "MAX_FILE_BYTES", "createClient", "explainLevel", "levelOf"].sort(),
  );
  assert.deepEqual(
    Object.keys(core).sort(),
    [...errors, "access", "lifecycle", "loadWasm", "requests"].sort(),
  );
  const require = createRequire(import.meta.url);
  assert.deepEqual(Object.keys(require("swisscom-sign")).sort(), Object.keys(index).sort());
  assert.deepEqual(Object.keys(require("swisscom-sign/core")).sort(), Object.keys(core).sort());
});

test("environments have the platform's URLs", async () => {
  for (const [environment, host] of [
    ["production", "https://sign.swisscom.ch"],
    ["test", "https://test.sign.swisscom.ch"],
    ["sandbox", "http://127.0.0.1:8480"],
  ]) {
    const urls = [];
    const fetch = async (request) => {
      urls.push(request.url);
      const token = { access_token: "t", token_type: "Bearer" };
      return request.url.endsWith("/token") ? json(200, token) : json(201, { id: ID });
    };
    const sign = await createClient({ environment, credentials, fetch });
    await sign.processes.create({ ...PERSON, signatureLevel: "ADVANCED" });
    assert.deepEqual(urls, [
      `${host}/realms/swisscom-public/protocol/openid-connect/token`,
      `${host}/system/api/process`,
    ]);
  }
});

test("rejects invalid client options with a message", async () => {
  const endpoints = { apiUrl: API, tokenUrl: TOKEN };
  for (const [options, message] of [
    [undefined, /options/],
    [{}, /unknown environment/],
    [{ environment: "prod", credentials }, /"production", "test", "sandbox"/],
    [{ environment: "constructor", credentials }, /unknown environment/],
    [{ environment: { apiUrl: "nowhere", tokenUrl: TOKEN }, credentials }, /absolute URL/],
    [{ environment: { apiUrl: "http://example.com", tokenUrl: TOKEN }, credentials }, /https/],
    [
      { environment: { apiUrl: "https://u:p@example.com", tokenUrl: TOKEN }, credentials },
      /must not contain credentials/,
    ],
    [{ environment: { apiUrl: API }, credentials }, /tokenUrl/],
    [{ environment: endpoints }, /credentials/],
    [{ environment: endpoints, credentials: { clientId: "id" } }, /empty/],
    [{ environment: endpoints, credentials: { ...credentials, scopes: ["all"] } }, /scope/],
    [{ environment: endpoints, accessToken: "token" }, /function/],
    [{ relay: "https://relay.example.com" }, /userToken/],
  ]) {
    const error = await rejection(createClient(options));
    assert.ok(error instanceof SignError);
    assert.equal(error.code, "invalid_argument");
    assert.match(error.message, message);
  }
});

test("requests the given scopes, with the secret in a header if configured", async () => {
  let request;
  const fetch = async (sent) => {
    if (sent.url !== TOKEN) return json(201, { id: ID });
    request = {
      authorization: sent.headers.get("authorization"),
      form: new URLSearchParams(await sent.text()),
    };
    return json(200, { access_token: "t", token_type: "Bearer" });
  };
  const sign = await client(fetch, {
    credentials: {
      ...credentials,
      scopes: ["sswp:process:create", "sswp:process:read"],
      authentication: "basic",
    },
  });
  await sign.processes.create(PERSON);
  assert.equal(request.authorization, `Basic ${btoa("id:secret")}`);
  assert.equal(request.form.get("scope"), "sswp:process:create sswp:process:read");
  assert.equal(request.form.has("client_secret"), false);
});

test("rejects a secret in a web page unless explicitly allowed", async () => {
  globalThis.window = { document: {} };
  try {
    const options = { environment: { apiUrl: API, tokenUrl: TOKEN }, credentials };
    const error = await rejection(createClient(options));
    assert.ok(error instanceof SecretInBrowserError);
    await createClient({ ...options, dangerouslyAllowBrowser: true });
    await createClient({ environment: { apiUrl: API }, accessToken: () => "t" });
  } finally {
    delete globalThis.window;
  }
});

test("a web page uses the relay with the user's token", async () => {
  const seen = [];
  const sign = await createClient({
    relay: "https://relay.example.com/sign/",
    userToken: async () => "user-jwt",
    fetch: async (request) => {
      seen.push([request.url, request.headers.get("authorization")]);
      return json(201, { id: ID });
    },
  });
  await sign.processes.create(PERSON);
  assert.deepEqual(seen, [["https://relay.example.com/sign/api/process", "Bearer user-jwt"]]);
});

test("hooks and logger see every request without its token and cannot break it", async () => {
  const events = [];
  const lines = [];
  const { fetch } = stub();
  const sign = await client(fetch, {
    logger: { debug: (line) => lines.push(line), warn: (line) => lines.push(line) },
    onRequest: (event) => events.push(event),
    onResponse: () => {
      throw new Error("a hook that fails");
    },
  });
  await sign.processes.create(PERSON);
  assert.deepEqual(
    events.map(({ operation, method, attempt }) => [operation, method, attempt]),
    [
      ["token", "POST", 1],
      ["create", "POST", 1],
    ],
  );
  assert.equal(events[1].headers.authorization, "[masked]");
  assert.match(lines.join("\n"), /create: POST .*: status 201 after \d+ ms/);
});

/** Runs code in a new process, where nothing is loaded. */
const fresh = (script) =>
  execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });

test("concurrent calls load the module once; a failed load can be retried", () => {
  const out = fresh(`
    import { createClient } from "swisscom-sign";
    import { loadWasm, lifecycle } from "swisscom-sign/core";
    const { instantiate } = WebAssembly;
    let loads = 0, fail = true;
    // Node's fetch compiles a wasm module, too.
    WebAssembly.instantiate = (...args) => {
      if (!args[1]?.["./swisscom_sign_bg.js"]) return instantiate(...args);
      loads++;
      return fail ? Promise.reject(new Error("no memory")) : instantiate(...args);
    };
    const early = (() => { try { lifecycle.next("CREATED", "released"); } catch (error) { return error.name; } })();
    const options = { environment: { apiUrl: "${API}" }, accessToken: () => "t" };
    const failed = await Promise.allSettled([1, 2, 3].map(() => createClient(options)));
    fail = false;
    await Promise.all([...Array(20)].map(() => createClient(options)));
    await loadWasm();
    console.log(JSON.stringify([early, failed.map(({ reason }) => [reason.name, reason.code, reason.cause.message]), loads, lifecycle.next("CREATED", "released")]));
  `);
  const error = ["WasmLoadError", "wasm_load_failed", "no memory"];
  assert.deepEqual(JSON.parse(out), ["WasmLoadError", [error, error, error], 2, "PENDING"]);
});

test("importing has no side effects", () => {
  const out = fresh(`
    const before = Reflect.ownKeys(globalThis).length;
    let compiled = 0;
    for (const name of ["compile", "instantiate", "Module"]) {
      const real = WebAssembly[name];
      WebAssembly[name] = function (...args) { compiled++; return new.target ? new real(...args) : real(...args); };
    }
    globalThis.fetch = () => { compiled++; };
    await import("swisscom-sign");
    await import("swisscom-sign/core");
    console.log(compiled, Reflect.ownKeys(globalThis).length - before);
  `);
  assert.equal(out.trim(), "0 0");
});

test("memory stays flat over ten thousand clients", () => {
  const out = fresh(`
    const { instantiate } = WebAssembly;
    let memory;
    WebAssembly.instantiate = async (...args) => {
      const made = await instantiate(...args);
      memory = (made.instance ?? made).exports.memory;
      return made;
    };
    const { createClient } = await import("swisscom-sign");
    const fetch = async (request) => new Response('{"id":"${ID}","status":"CREATED"}', { status: 201 });
    const options = { environment: { apiUrl: "${API}" }, accessToken: () => "t", fetch };
    const use = async () => {
      const sign = await createClient(options);
      const pending = sign.processes.create({ initiator: { type: "PERSON", email: "a@b.ch" } });
      sign.free();
      await pending.catch(() => {});
    };
    for (let i = 0; i < 500; i++) await use();
    const before = memory.buffer.byteLength;
    for (let i = 0; i < 10_000; i++) await use();
    console.log(memory.buffer.byteLength - before);
  `);
  assert.equal(out.trim(), "0");
});

test("builds requests for any HTTP client", async () => {
  await loadWasm();
  assert.deepEqual(requests.create(PERSON), {
    operation: "create",
    method: "POST",
    path: "/api/process",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify(PERSON),
    successStatuses: [201],
  });
  assert.equal(
    requests.findAll({ status: "PENDING", sort: "createdDate,asc" }).path,
    "/api/process?status=PENDING&sort=createdDate%2Casc",
  );
  assert.deepEqual(requests.release(ID).successStatuses, [200, 208]);
  assert.equal(requests.release(ID).body, undefined);
  assert.equal(requests.setup(ID).body, "{}");
  assert.equal(requests.open(ID, "crm 4711").path, `/api/process/${ID}/open/crm%204711`);
  assert.equal(requests.getFileContent(ID, "f").method, "GET");
  assert.equal(requests.getStatus(ID).path, `/api/process/${ID}/status`);
  assert.throws(() => requests.create({}), ValidationError);
  assert.throws(() => requests.getProcess("x"), ValidationError);
  assert.throws(() => requests.getProcess(undefined), ValidationError);
  const file = { name: "a.pdf", content: "JVBERg==", contentType: "application/pdf" };
  assert.equal(requests.attach(ID, file).body, JSON.stringify(file));
});

test("decodes responses for any HTTP client", async () => {
  await loadWasm();
  const body = JSON.stringify({ id: ID, status: "NEW", added: 1 });
  assert.deepEqual(requests.decode("getProcess", { status: 200, body }), JSON.parse(body));
  const released = requests.decode("release", { status: 208, headers: new Headers(), body });
  assert.equal(released.alreadyReleased, true);
  const bytes = new Uint8Array([1, 2]);
  const headers = { "Content-Type": "application/pdf" };
  assert.equal(requests.decode("getFileContent", { status: 200, headers, body: bytes }), bytes);
  const limited = { status: 429, headers: new Map([["retry-after", "3"]]), body: "" };
  assert.throws(() => requests.decode("getStatus", limited), {
    name: "RateLimitError",
    retryAfterMs: 3000,
  });
  assert.throws(() => requests.decode("nothing", { status: 200 }), { code: "invalid_argument" });
});

test("lifecycle and access work without a request", async () => {
  await loadWasm();
  assert.deepEqual(lifecycle.allowedOperations("PENDING"), [
    "open",
    "getProcess",
    "getStatus",
    "getRecords",
    "getFile",
    "getFileContent",
  ]);
  assert.equal(lifecycle.next("CREATED", "released"), "PENDING");
  assert.equal(lifecycle.next("COMPLETED", "signed"), undefined);
  assert.equal(lifecycle.next("CREATED", "nothing"), undefined);
  assert.equal(lifecycle.isFinal("EXPIRED"), true);
  assert.equal(lifecycle.permits("PENDING", "release"), true);
  assert.equal(lifecycle.permits("PENDING", "attach"), false);
  const process = {
    initiator: { type: "PERSON", email: "i@b.ch" },
    invitees: {
      signers: [
        {
          type: "SIGNER",
          firstName: "A",
          lastName: "B",
          externalIdentifier: "s",
          email: "s@b.ch",
          mobile: "+41791234567",
        },
      ],
    },
  };
  for (const [visit, expected] of [
    [{ role: "invitee", process, person: "s" }, "sms-code"],
    [{ role: "invitee", process: { ...process, authorization: "ACCOUNT" }, person: "s" }, "login"],
    [{ role: "invitee", process, person: "s", account: { verifiedEmail: "S@b.ch" } }, "none"],
    [{ role: "invitee", process, person: "s", account: { ownsProcess: true } }, "sms-code"],
    [{ role: "initiator", process, account: { ownsProcess: true } }, "none"],
    [{ role: "initiator", process }, "email-code"],
    [{ role: "invitee", process, person: {} }, "denied"],
    [{ role: "invitee", process, person: "s", oneTimeCode: { ageMs: 29_999 } }, "none"],
    [{ role: "invitee", process, person: "s", oneTimeCode: { ageMs: 30_000 } }, "sms-code"],
    [
      { role: "invitee", process, person: "s", oneTimeCode: { ageMs: 0, redeemed: true } },
      "sms-code",
    ],
  ]) {
    assert.equal(access.challenge(visit), expected, JSON.stringify(visit));
  }
  assert.throws(() => access.challenge({ role: "guest" }), { code: "invalid_argument" });
  assert.throws(() => access.challenge({ role: "invitee", process, person: "nobody" }), {
    code: "invalid_argument",
  });
  assert.ok(new StateError("m") instanceof SignError);
});
