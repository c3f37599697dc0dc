// Writes are performed once, against a model of the platform that loses responses.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";

import {
  AbortError,
  ConflictError,
  ConnectionError,
  PermissionError,
  RateLimitError,
  ServerError,
  StateError,
  TimeoutError,
  UncertainOutcomeError,
  createClient,
} from "swisscom-sign";

import { FILE, ID, PDF, PERSON, TOKEN, client, json, processIn, rejection } from "./support.mjs";

const KEY = "swisscom-sign.correlation";

const reset = () => {
  throw Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNRESET" } });
};
const refused = () => {
  throw Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } });
};

/** `before(request)` and `after(request)` can drop or replace requests and responses. */
function platform({ before = () => undefined, after = (_, answer) => answer } = {}) {
  const held = { processes: [], files: [], sent: [], scopes: [] };
  const perform = async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === "POST" && pathname.endsWith("/api/process")) {
      const made = {
        ...(await request.json()),
        id: crypto.randomUUID(),
        status: "CREATED",
        createdDate: new Date().toISOString(),
      };
      held.processes.unshift(made);
      return json(201, made);
    }
    if (pathname.endsWith("/attach")) {
      const { externalIdentifier } = await request.json();
      held.files.push({ externalIdentifier, initialFileId: crypto.randomUUID() });
      return json(201, { fileId: held.files.at(-1).initialFileId });
    }
    if (pathname.endsWith("/setup")) return json(202, { url: "https://x.example/setup" });
    if (pathname.endsWith("/status")) return json(200, { id: ID, status: held.state ?? "CREATED" });
    if (pathname.endsWith("/api/process")) {
      const page = Number(searchParams.get("page"));
      const content = held.processes.slice(page * 20, page * 20 + 20);
      const totalPages = Math.ceil(held.processes.length / 20);
      const date = new Date().toUTCString();
      return json(
        200,
        { content: content.map(held.listed ?? ((p) => p)), page: { totalPages } },
        { date },
      );
    }
    const found = held.processes.find(({ id }) => pathname.endsWith(id));
    return json(200, found ?? { id: ID, status: "CREATED", fileReferences: held.files });
  };
  const fetch = async (request) => {
    if (request.url === TOKEN) {
      const form = new URLSearchParams(await request.text());
      held.scopes.push(form.get("scope"));
      if (held.noList && form.get("scope")) return json(400, { error: "invalid_scope" });
      return json(200, {
        access_token: "token-of-this-test",
        token_type: "Bearer",
        expires_in: 300,
      });
    }
    const path = new URL(request.url).pathname.replace(/.*\/api\/process/, "");
    const what = `${request.method} ${path.replace(/[0-9a-f-]{36}/, "ID")}`;
    held.sent.push(what);
    const nth = held.sent.filter((sent) => sent === what).length;
    const early = await before(what, nth);
    if (early !== undefined) return early;
    return after(what, await perform(request), nth);
  };
  return { held, fetch };
}

const CREATE = "POST ";
const ATTACH = "POST /ID/attach";
const LIST = "GET ";

/** Drops the response to the first such request, after it took effect. */
const lost = (what, by = reset) => ({
  after: (sent, answer, nth) => (sent === what && nth === 1 ? by() : answer),
});

const times = (held, what) => held.sent.filter((sent) => sent === what).length;

describe("a lost answer", { concurrency: true }, () => {
  for (const [name, by] of [
    ["a reset", reset],
    ["a 502", () => json(502)],
    ["a 500", () => json(500)],
    ["a body that is cut off", () => new Response('{"id":', { status: 201 })],
  ]) {
    test(`of create, by ${name}: finds the process`, async () => {
      const { held, fetch } = platform(lost(CREATE, by));
      const sign = await client(fetch);
      const process = await sign.processes.create({ ...PERSON, payload: "p" });
      assert.equal(process.id, held.processes[0].id);
      assert.equal(process.state, "CREATED");
      assert.equal(process.model.payload, "p");
      assert.equal(held.processes.length, 1);
      assert.deepEqual(held.sent, [CREATE, LIST]);
      // The list needs read:all: its token is requested only now, with this scope only.
      assert.deepEqual(held.scopes, [null, "sswp:process:read:all"]);
    });

    test(`of attach, by ${name}: finds the file`, async () => {
      const { held, fetch } = platform(lost(ATTACH, by));
      const process = await processIn("CREATED", fetch);
      const { fileId } = await process.attach(PDF, { name: "a.pdf" });
      assert.deepEqual(
        held.files.map(({ initialFileId }) => initialFileId),
        [fileId],
      );
      assert.deepEqual(held.sent, [ATTACH, "GET /ID"]);
    });
  }

  test("of a create that was not performed: retries with the same correlation", async () => {
    const { held, fetch } = platform({
      before: (sent, nth) => (sent === CREATE && nth === 1 ? reset() : undefined),
    });
    const sign = await client(fetch, { maxRetries: 2 });
    const process = await sign.processes.create(PERSON);
    assert.deepEqual(
      held.processes.map(({ id }) => id),
      [process.id],
    );
    assert.deepEqual(held.sent, [CREATE, LIST, LIST, CREATE]);
  });

  test("of an attach that was not performed: sends the source again", async () => {
    const { held, fetch } = platform({
      before: (sent, nth) => (sent === ATTACH && nth === 1 ? json(504) : undefined),
    });
    const process = await processIn("CREATED", fetch, { maxRetries: 1 });
    const { fileId } = await process.attach(new Blob([PDF]).stream(), { name: "a.pdf" });
    assert.deepEqual(
      held.files.map(({ initialFileId }) => initialFileId),
      [fileId],
    );
  });

  test("of a write that was not performed, without retries: the retryable error", async () => {
    const { held, fetch } = platform({ before: (sent) => (sent === CREATE ? reset() : undefined) });
    const error = await rejection((await client(fetch)).processes.create(PERSON));
    assert.ok(error instanceof ConnectionError, inspect(error));
    assert.deepEqual([error.retryable, error.attempts, error.sentAt], [true, 1, undefined]);
    assert.deepEqual(held.sent, [CREATE, LIST, LIST]);
  });

  test("finds a late write on the second reconciliation attempt", async () => {
    const late = platform(lost(CREATE));
    let looks = 0;
    const fetch = async (request) => {
      const answer = await late.fetch(request);
      const list = request.method === "GET" && (looks += 1) === 1;
      return list ? json(200, { content: [], page: { totalPages: 0 } }) : answer;
    };
    const process = await (await client(fetch, { maxRetries: 2 })).processes.create(PERSON);
    assert.equal(process.id, late.held.processes[0].id);
    assert.equal(times(late.held, CREATE), 1);
  });

  test("of an attach whose first attempt arrived late: finds the file after the conflict", async () => {
    // The first attempt becomes visible only when the second is rejected because of it.
    const { held, fetch } = platform({
      before: (sent, nth) => (sent === ATTACH ? (nth === 1 ? reset() : taken()) : undefined),
    });
    const taken = () => {
      held.files.push({ externalIdentifier: "contract", initialFileId: FILE });
      return json(409, { name: "DuplicateExternalIdentifier" });
    };
    const process = await processIn("CREATED", fetch, { maxRetries: 2 });
    const file = await process.attach(PDF, { name: "a.pdf", externalIdentifier: "contract" });
    assert.equal(file.fileId, FILE);
    assert.equal(times(held, ATTACH), 2);
  });

  test("when the list fails: an uncertain outcome with correlation and time", async () => {
    const { held, fetch } = platform({
      ...lost(CREATE),
      before: (sent) => (sent === LIST ? json(403) : undefined),
    });
    const before = Date.now();
    const error = await rejection(
      (await client(fetch, { maxRetries: 2 })).processes.create(PERSON),
    );
    assert.ok(error instanceof UncertainOutcomeError, inspect(error));
    assert.deepEqual(
      [error.code, error.retryable, error.operation],
      ["uncertain_outcome", false, "create"],
    );
    assert.match(error.message, /^uncertain outcome of create: .*lookup failed: .*403.*scope/);
    assert.deepEqual(held.processes[0].properties, [{ key: KEY, value: error.correlation }]);
    assert.match(error.correlation, /^[0-9a-f]{32}$/);
    assert.ok(Date.parse(error.sentAt) >= before && Date.parse(error.sentAt) <= Date.now());
    assert.ok(error.cause instanceof ConnectionError);
    assert.equal(error.cause.cause.cause.code, "ECONNRESET");
    assert.equal(times(held, CREATE), 1);
    assert.equal(JSON.parse(JSON.stringify(error)).correlation, error.correlation);
  });

  test("when the client lacks the scope of the list", async () => {
    const { held, fetch } = platform(lost(CREATE));
    held.noList = true;
    const error = await rejection((await client(fetch)).processes.create(PERSON));
    assert.ok(error instanceof UncertainOutcomeError);
    assert.match(error.message, /invalid_scope/);
  });

  test("does not add scopes to those of the caller", async () => {
    const { held, fetch } = platform(lost(CREATE));
    const scopes = ["sswp:process:create", "sswp:process:read"];
    const credentials = { clientId: "id", clientSecret: "s", scopes };
    await (await client(fetch, { credentials })).processes.create(PERSON);
    assert.deepEqual(held.scopes, [scopes.join(" ")]);
  });

  test("reads the processes if the list has no properties", async () => {
    const { held, fetch } = platform(lost(CREATE));
    held.listed = ({ id, createdDate }) => ({ id, createdDate });
    const sign = await client(fetch);
    const process = await sign.processes.create({ ...PERSON, payload: "p" });
    assert.equal(process.model.payload, "p");
    assert.deepEqual(held.sent, [CREATE, LIST, "GET /ID"]);
  });

  test("finds the process on a later page of the list", async () => {
    const { held, fetch } = platform({
      after: (sent, answer, nth) => {
        if (sent !== CREATE || nth > 1) return answer;
        for (let other = 0; other < 50; other += 1) {
          const id = crypto.randomUUID();
          held.processes.unshift({ id, properties: [], createdDate: new Date().toISOString() });
        }
        return reset();
      },
    });
    const process = await (await client(fetch)).processes.create(PERSON);
    assert.equal(process.id, held.processes.at(-1).id);
    assert.equal(times(held, LIST), 3);
  });

  test("uses the caller's correlation", async () => {
    const { held, fetch } = platform(lost(CREATE));
    const properties = [{ key: KEY, value: "order-4711" }];
    const process = await (await client(fetch)).processes.create({ ...PERSON, properties });
    assert.deepEqual(held.processes[0].properties, properties);
    assert.equal(process.id, held.processes[0].id);
  });

  test("with all properties in use: an uncertain outcome without correlation", async () => {
    const properties = (count) =>
      Array.from({ length: count }, (_, number) => ({ key: `k${number}`, value: "v" }));
    for (const [count, relay] of [
      [8, false],
      [7, true],
    ]) {
      const { held, fetch } = platform(lost(CREATE));
      const sign = relay
        ? await createClient({
            relay: "https://r.example",
            userToken: () => "token-of-a-user",
            fetch,
          })
        : await client(fetch, { maxRetries: 2 });
      const error = await rejection(
        sign.processes.create({ ...PERSON, properties: properties(count) }),
      );
      assert.ok(error instanceof UncertainOutcomeError, inspect(error));
      assert.match(error.message, /no free property/);
      assert.equal(error.correlation, undefined);
      assert.deepEqual(held.sent, [CREATE]);
      assert.equal(held.processes[0].properties.length, count);
    }
  });

  test("of setup: decides by the status", async () => {
    const SETUP = "POST /ID/setup";
    const { held, fetch } = platform(lost(SETUP));
    const process = await processIn("CREATED", fetch, { maxRetries: 1 });
    assert.equal((await process.setup()).url, "https://x.example/setup");
    assert.deepEqual(held.sent, [SETUP, "GET /ID/status", SETUP]);
    const moved = platform(lost(SETUP));
    moved.held.state = "PENDING";
    const late = await processIn("CREATED", moved.fetch, { maxRetries: 1 });
    const error = await rejection(late.setup());
    assert.ok(error instanceof StateError);
    assert.equal(error.state, "PENDING");
    assert.equal(times(moved.held, SETUP), 1);
    const deaf = platform({ before: () => json(500) });
    const gone = await processIn("CREATED", deaf.fetch);
    assert.ok((await rejection(gone.setup())) instanceof ServerError);
  });
});

test("retries a write that was certainly not performed, without a lookup", async () => {
  for (const early of [refused, () => json(429), () => json(503, {}, { "retry-after": "0" })]) {
    const { held, fetch } = platform({ before: (sent, nth) => (nth === 1 ? early() : undefined) });
    const sign = await client(fetch, { maxRetries: 1 });
    await sign.processes.create(PERSON);
    assert.deepEqual(held.sent, [CREATE, CREATE]);
  }
});

test("a rejection by the platform is final, without a lookup", async () => {
  for (const [status, type] of [
    [409, ConflictError],
    [403, PermissionError],
  ]) {
    const { held, fetch } = platform({ before: () => json(status) });
    const error = await rejection(
      (await client(fetch, { maxRetries: 5 })).processes.create(PERSON),
    );
    assert.ok(error instanceof type);
    assert.deepEqual(held.sent, [CREATE]);
  }
});

test("a write after a timeout has an uncertain outcome; a read has only failed", async () => {
  const { held, fetch } = platform({ after: () => new Promise(() => {}) });
  const sign = await client(fetch);
  const error = await rejection(sign.processes.create(PERSON, { timeoutMs: 50 }));
  assert.ok(error instanceof UncertainOutcomeError, inspect(error));
  assert.ok(error.cause instanceof TimeoutError);
  assert.match(error.message, /timeout after 50 ms; the request was sent/);
  assert.deepEqual(held.processes[0].properties, [{ key: KEY, value: error.correlation }]);
  const read = await rejection(sign.processes.get(ID, { timeoutMs: 20 }));
  assert.ok(read instanceof TimeoutError);
});

test("an aborted write has a correlation only if it was sent", async () => {
  const { held, fetch } = platform({ after: () => new Promise(() => {}) });
  const sign = await client(fetch);
  const error = await rejection(sign.processes.create(PERSON, { signal: AbortSignal.timeout(50) }));
  assert.ok(error instanceof AbortError);
  assert.deepEqual(held.processes[0].properties, [{ key: KEY, value: error.correlation }]);
  assert.ok(error.sentAt);
  const busy = platform({ before: () => json(503, {}, { "retry-after": "30" }) });
  const waiting = await client(busy.fetch, { maxRetries: 5 });
  const before = await rejection(
    waiting.processes.create(PERSON, { signal: AbortSignal.timeout(50) }),
  );
  assert.deepEqual([before.name, before.sentAt], ["AbortError", undefined]);
  assert.equal(busy.held.sent.length, 1);
});

test("timeoutMs includes all pauses, and the error names it", async () => {
  for (const [answer, timeoutMs, words] of [
    [() => json(429, {}, { "retry-after": "5" }), 3_000, /would exceed the timeout/],
    [
      () => json(503, {}, { "retry-after": new Date(Date.now() + 30_000).toUTCString() }),
      3_000,
      /would exceed the timeout/,
    ],
    [() => json(429, {}, { "retry-after": "61" }), 0, /Retry-After exceeds/],
  ]) {
    const { held, fetch } = platform({ before: answer });
    const sign = await client(fetch, { maxRetries: 5 });
    const error = await rejection(sign.processes.get(ID, { timeoutMs }));
    assert.match(error.message, words);
    assert.ok(error instanceof RateLimitError || error instanceof ServerError);
    assert.equal(held.sent.length, 1);
  }
  const { held, fetch } = platform(lost(CREATE));
  const short = await rejection((await client(fetch)).processes.create(PERSON, { timeoutMs: 200 }));
  assert.ok(short instanceof UncertainOutcomeError);
  assert.match(short.message, /deadline exceeded/);
  assert.equal(held.sent.length, 1);
});

test("the correlation is unique and within the contract's limits", async () => {
  const { held, fetch } = platform();
  const sign = await client(fetch);
  await Promise.all(Array.from({ length: 50 }, () => sign.processes.create(PERSON)));
  const values = held.processes.map(({ properties: [{ key, value }] }) => {
    assert.equal(key, KEY);
    assert.ok(value.length <= 64);
    return value;
  });
  assert.equal(new Set(values).size, 50);
  const process = await processIn("CREATED", fetch);
  await process.attach(PDF, { name: "a.pdf" });
  assert.match(held.files[0].externalIdentifier, /^[a-zA-Z0-9._~-]{1,50}$/);
});
