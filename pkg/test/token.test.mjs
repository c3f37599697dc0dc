// Token management: one token request for concurrent calls, one renewal for concurrent 401 responses.

import assert from "node:assert/strict";
import { test } from "node:test";

import { AuthenticationError, ConnectionError, createClient } from "swisscom-sign";

import { API, ID, PERSON, TOKEN, client, json, processIn, rejection, stub } from "./support.mjs";

const status = () => json(200, { id: ID, status: "PENDING" });
const all = (process, calls) =>
  Promise.allSettled(Array.from({ length: calls }, () => process.status()));

test("100 parallel calls on a cold cache make one token request", async () => {
  const { fetch, log } = stub(status);
  const results = await all(await processIn("PENDING", fetch), 100);
  assert.ok(results.every(({ value }) => value === "PENDING"));
  assert.equal(log.tokens, 1);
  assert.equal(log.calls.length, 100);
});

test("100 stale 401 responses cause one token request, and all calls succeed", async () => {
  const { fetch, log } = stub((request) =>
    request.headers.get("authorization") === "Bearer token-1" ? json(401) : status(),
  );
  const results = await all(await processIn("PENDING", fetch), 100);
  assert.ok(results.every(({ value }) => value === "PENDING"));
  assert.equal(log.tokens, 2);
});

test("a second 401 is final and does not loop", async () => {
  const { fetch, log } = stub(() => json(401));
  const process = await processIn("PENDING", fetch);
  const error = await rejection(process.status());
  assert.ok(error instanceof AuthenticationError);
  assert.deepEqual([error.status, error.attempts, error.operation], [401, 2, "getStatus"]);
  assert.equal(log.calls.length, 2);
  assert.equal(log.tokens, 2);
});

test("rejected credentials are reported without their secret and not retried at once", async () => {
  let requests = 0;
  const refuse = async () => {
    requests += 1;
    return json(401, { error: "invalid_client", error_description: "s3cret-canary" });
  };
  const sign = await client(refuse);
  for (let call = 0; call < 3; call += 1) {
    const error = await rejection(sign.processes.create(PERSON));
    assert.ok(error instanceof AuthenticationError);
    assert.match(error.message, /invalid_client.*client ID and secret/);
    assert.doesNotMatch(error.message, /canary/);
  }
  assert.equal(requests, 1);
});

test("an unavailable token endpoint is a retryable error", async () => {
  const sign = await client(() => Promise.reject(new TypeError("fetch failed")));
  const error = await rejection(sign.processes.create(PERSON));
  assert.equal(error.code, "token_unavailable");
  assert.equal(error.retryable, true);
  assert.equal(error.cause.message, "fetch failed");
});

test("the token request follows RFC 6749", async () => {
  let request;
  const fetch = async (sent) => {
    if (sent.url !== TOKEN) return json(201, { id: ID });
    request = {
      method: sent.method,
      type: sent.headers.get("content-type"),
      body: await sent.text(),
    };
    return json(200, { access_token: "t", token_type: "Bearer", expires_in: 300 });
  };
  const credentials = { clientId: "id & name", clientSecret: "s3cret+%=&~ü" };
  const sign = await client(fetch, { credentials });
  await sign.processes.create(PERSON);
  assert.equal(request.method, "POST");
  assert.equal(request.type, "application/x-www-form-urlencoded");
  assert.deepEqual(Object.fromEntries(new URLSearchParams(request.body)), {
    grant_type: "client_credentials",
    client_id: credentials.clientId,
    client_secret: credentials.clientSecret,
  });
});

test("calls accessToken for each request, and again after a 401", async () => {
  const seen = [];
  let asked = 0;
  const sign = await createClient({
    environment: { apiUrl: API },
    accessToken: async () => `own-${(asked += 1)}`,
    maxRetries: 0,
    fetch: async (request) => {
      seen.push(request.headers.get("authorization"));
      return seen.length === 2 ? json(401) : json(200, { id: ID, status: "PENDING" });
    },
  });
  const process = sign.processes.resume({ version: 1, id: ID, state: "PENDING" });
  await process.status();
  await process.status();
  assert.deepEqual(seen, ["Bearer own-1", "Bearer own-2", "Bearer own-3"]);
});

test("a second 401 is final with accessToken, too", async () => {
  let requests = 0;
  const sign = await createClient({
    environment: { apiUrl: API },
    accessToken: () => "refused",
    fetch: async () => {
      if ((requests += 1) > 10) throw new Error("it loops");
      return json(401);
    },
  });
  const error = await rejection(sign.processes.create(PERSON));
  assert.ok(error instanceof AuthenticationError);
  assert.equal(requests, 2);
});

test("a callback that throws or returns no token rejects the call", async () => {
  for (const accessToken of [
    () => Promise.reject(new Error("vault is sealed")),
    () => {
      throw new Error("vault is sealed");
    },
    () => undefined,
    () => "two words",
    () => "line\nbreak",
    () => "ü",
  ]) {
    const fetch = () => assert.fail("nothing is sent");
    const sign = await createClient({
      environment: { apiUrl: API },
      accessToken,
      fetch,
      maxRetries: 0,
    });
    const error = await rejection(sign.processes.create(PERSON));
    assert.equal(error instanceof ConnectionError, false);
    assert.ok(["unauthenticated", "invalid_argument"].includes(error.code), error.code);
  }
});

test("clients with different credentials never share a token", async () => {
  const seen = new Set();
  const clients = [1, 2, 3].map((number) =>
    createClient({
      environment: { apiUrl: API, tokenUrl: TOKEN },
      credentials: { clientId: `id-${number}`, clientSecret: "s" },
      fetch: async (request) => {
        if (request.url === TOKEN) {
          const id = new URLSearchParams(await request.text()).get("client_id");
          return json(200, { access_token: `of-${id}`, token_type: "Bearer" });
        }
        seen.add(request.headers.get("authorization"));
        return json(201, { id: ID });
      },
    }),
  );
  for (const sign of await Promise.all(clients)) await sign.processes.create(PERSON);
  assert.deepEqual([...seen], ["Bearer of-id-1", "Bearer of-id-2", "Bearer of-id-3"]);
});

test("sends the token to the configured host only", async () => {
  const hosts = new Set();
  const { fetch } = stub(
    () => new Response(null, { status: 302, headers: { location: "https://evil.example/" } }),
  );
  const sign = await client((request) => {
    hosts.add(new URL(request.url).host);
    assert.equal(request.redirect, "manual");
    return fetch(request);
  });
  const error = await rejection(sign.processes.create(PERSON));
  assert.equal(error.code, "unexpected_status");
  assert.match(error.message, /redirect/);
  assert.deepEqual([...hosts], ["iam.example.com", "api.example.com"]);
});

test("100 calls with two 401 responses each renew the token once", async () => {
  const { fetch, log } = stub(() => json(401));
  const results = await all(await processIn("PENDING", fetch, { maxRetries: 5 }), 100);
  assert.ok(results.every(({ reason }) => reason instanceof AuthenticationError));
  assert.equal(log.calls.length, 200);
  assert.equal(log.tokens, 2);
});

test("clients in one process have separate tokens and environments", async () => {
  const seen = new Map();
  const wrong = [];
  // Each environment rejects the first token of each client, so that all renew at once.
  const environment = (host) => async (request) => {
    const url = new URL(request.url);
    if (url.host !== host) wrong.push(url.host);
    if (url.pathname === "/token") {
      const form = new URLSearchParams(await request.text());
      const id = form.get("client_id");
      if (form.get("client_secret") !== `secret of ${id} at ${host}`) wrong.push(id);
      const number = (seen.get(`${id}@${host}`) ?? 0) + 1;
      seen.set(`${id}@${host}`, number);
      const token = `${id}~${host}~${number}`;
      return json(200, { access_token: token, token_type: "Bearer", expires_in: 300 });
    }
    const [, id, at, number] = /^Bearer (.*)~(.*)~(.*)$/.exec(request.headers.get("authorization"));
    const asked = request.headers.get("x-client");
    if (at !== host || id !== asked) wrong.push(`${id}@${at} for ${asked} at ${host}`);
    return number === "1" ? json(401) : status();
  };
  const calls = [];
  for (const host of ["a.example", "b.example", "c.example"]) {
    const fetch = environment(host);
    for (let number = 0; number < 20; number += 1) {
      const clientId = `client-${number}`;
      const sign = await createClient({
        environment: { apiUrl: `https://${host}/system`, tokenUrl: `https://${host}/token` },
        credentials: { clientId, clientSecret: `secret of ${clientId} at ${host}` },
        fetch,
      });
      const process = sign.processes.resume({ version: 1, id: ID, state: "PENDING" });
      const headers = { "x-client": clientId };
      for (let call = 0; call < 5; call += 1) calls.push(() => process.status({ headers }));
    }
  }
  await Promise.all(calls.map((call) => call()));
  assert.deepEqual(wrong, []);
  assert.equal(seen.size, 60);
  assert.ok([...seen.values()].every((number) => number === 2));
});
