// Privacy: the package contacts only the configured hosts, and passes no secret to hooks and logs.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { inspect } from "node:util";

import { API, FILE, ID, PDF, PERSON, TOKEN, client, json, stub } from "./support.mjs";

const CODE_URL = "https://sign.example.com/p?code=canary-url";
const MARKER = "canary-pdf";
const CANARIES = ["s3cret-canary", "canary-token", "canary-url", "canary-own", MARKER];
CANARIES.push(Buffer.from(`%PDF-${MARKER}`).toString("base64").slice(4, 20));

/** Calls every operation once, and ignores failures. */
const flow = async (sign, options) => {
  const file = new TextEncoder().encode(`%PDF-${MARKER}-${MARKER}`);
  const at = (state) => sign.processes.resume({ version: 1, id: ID, state });
  const calls = [
    () => sign.processes.create(PERSON, options),
    () => sign.processes.get(ID, options),
    () => sign.processes.list({}, options).toArray({ limit: 1 }),
    () => at("CREATED").check("release", {}, options),
    () => at("CREATED").attach(file, { name: "a.pdf" }, options),
    () => at("CREATED").setup({ successUrl: CODE_URL }, options),
    () => at("CREATED").release({}, options),
    () => at("PENDING").open("x", { successUrl: CODE_URL }, options),
    () => at("PENDING").status(options),
    () => at("PENDING").records(options),
    async () => (await at("PENDING").download(FILE, options)).bytes(),
    () => at("PENDING").waitFor("COMPLETED", { ...options, timeoutMs: 50 }),
    () => at("PENDING").attach(file, { name: "a.pdf" }, options),
    () => at("CREATED").attach(file.subarray(1), { name: "a.pdf" }, options),
    () => at("CREATED").release({ validUntil: CODE_URL }, options),
  ];
  return Promise.all(calls.map((call) => call().catch((error) => error)));
};

const success = (request) => {
  const { pathname } = new URL(request.url);
  if (pathname.endsWith("/content")) {
    return new Response(PDF, { headers: { "content-type": "application/pdf" } });
  }
  const body = {
    id: ID,
    fileId: FILE,
    status: "COMPLETED",
    url: CODE_URL,
    participants: [{ id: FILE, url: CODE_URL }],
    content: [],
  };
  if (pathname.endsWith("/setup")) return json(202, body);
  return json(request.method === "POST" && /(process|attach)$/.test(pathname) ? 201 : 200, body);
};

test("hooks, logs and errors contain no secret in any scenario", async () => {
  const outcomes = [
    success,
    ...[400, 401, 403, 404, 409, 410, 412, 413, 429, 500, 502].map((status) => (request) => {
      const said = `${request.headers.get("authorization")} ${request.headers.get("x-api-key")}`;
      return json(status, { name: "X", message: said, clientBody: said });
    }),
    () => json(200, { url: CODE_URL, content: 1 }),
    () => new Response(`{"url":"${CODE_URL}`, { status: 200 }),
    (request) => Promise.reject(Object.assign(new Error("lost"), { request })),
  ];
  for (const outcome of outcomes) {
    const said = [];
    const say = (...parts) => said.push(inspect(parts, { depth: 20 }), JSON.stringify(parts));
    const { fetch } = stub(outcome);
    const sign = await client(
      async (request) => {
        if (request.url !== TOKEN) return fetch(request);
        return json(200, { access_token: "canary-token", token_type: "Bearer", expires_in: 300 });
      },
      { logger: { debug: say, warn: say }, onRequest: say, onResponse: say },
    );
    const headers = { "x-api-key": "canary-own", "x-trace": "visible" };
    const results = await flow(sign, { headers });
    for (const error of results.filter((result) => result instanceof Error)) {
      say(error, error.message, error.stack, String(error));
      // The server echoes a header of the caller, which is not a secret of the package.
      for (const canary of CANARIES.filter((canary) => canary !== "canary-own")) {
        const text = inspect(error, { depth: 20, showHidden: true });
        assert.equal(text.includes(canary), false, text);
      }
    }
    say(sign, sign.processes);
    const events = said.filter((line) => !line.includes("failed with"));
    for (const line of events) {
      for (const canary of CANARIES) assert.equal(line.includes(canary), false, line);
    }
    assert.ok(said.some((line) => line.includes("visible")));
    assert.ok(said.some((line) => line.includes("[masked]")));
  }
});

test("contacts only the configured hosts, with fetch only", () => {
  // In a new process, where all network functions are observed.
  const script = `
    import net from "node:net";
    import dns from "node:dns";
    import http from "node:http";
    import https from "node:https";
    const out = [];
    for (const [owner, name] of [[net, "connect"], [net, "createConnection"], [net.Socket.prototype, "connect"],
      [dns, "lookup"], [http, "request"], [https, "request"]]) {
      owner[name] = () => { out.push(name); throw new Error("no network"); };
    }
    globalThis.fetch = async (request) => {
      out.push(request.url);
      const path = new URL(request.url).pathname;
      if (path.endsWith("/token")) return Response.json({ access_token: "t", token_type: "Bearer", expires_in: 300 });
      if (path.endsWith("/content")) return new Response("%PDF-", { headers: { "content-type": "application/pdf" } });
      return Response.json({ id: "${ID}", fileId: "x", status: "COMPLETED", url: "https://elsewhere.example/", content: [] },
        { status: path.endsWith("/setup") ? 202 : request.method === "POST" && /(process|attach)$/.test(path) ? 201 : 200 });
    };
    for (const name of ["XMLHttpRequest", "WebSocket", "EventSource"]) {
      globalThis[name] = class { constructor() { out.push(name); } };
    }
    Object.defineProperty(globalThis, "navigator", { value: { userAgent: "x", sendBeacon() { out.push("beacon"); } } });
    const { createClient } = await import("swisscom-sign");
    const sign = await createClient({
      environment: { apiUrl: "${API}", tokenUrl: "${TOKEN}" },
      credentials: { clientId: "id", clientSecret: "s" },
    });
    const at = (state) => sign.processes.resume({ version: 1, id: "${ID}", state });
    await sign.processes.create({ initiator: { type: "PERSON", email: "a@b.ch" } });
    await sign.processes.get("${ID}");
    await sign.processes.list().toArray({ limit: 5 });
    await at("CREATED").attach(new TextEncoder().encode("%PDF-1.7"), { name: "a.pdf" });
    await at("CREATED").setup();
    await at("CREATED").release();
    await at("PENDING").open("x");
    await at("PENDING").records();
    await (await at("PENDING").download("x")).bytes();
    await at("PENDING").waitFor("COMPLETED");
    await sign.processes.create({}).catch(() => {});
    sign.free();
    await new Promise((resolve) => setTimeout(resolve, 50));
    console.log(JSON.stringify(out));
  `;
  const out = JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: import.meta.dirname,
      encoding: "utf8",
    }),
  );
  assert.equal(out.length, 11, out.join("\n"));
  assert.deepEqual(
    [out[0], ...new Set(out.slice(1).map((url) => url.slice(0, API.length)))],
    [TOKEN, API],
  );
});
