// Error classes, and the absence of secrets in errors.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";

import * as esm from "swisscom-sign";
import * as core from "swisscom-sign/core";

import { FILE, ID, PDF, PERSON, client, json, processIn, rejection, stub } from "./support.mjs";

const cjs = createRequire(import.meta.url)("swisscom-sign");

const BODY = {
  id: "7c5aab6e-9c5c-4b3e-8a34-0d1f5a1c0001",
  name: "SomethingIsWrong",
  message: "for developers",
  clientSubject: "Title",
  clientBody: "Text",
};

/** Status, body, class, code, retryable. */
const STATUSES = [
  [400, BODY, "ValidationError", "validation_failed", false],
  [401, undefined, "AuthenticationError", "unauthenticated", false],
  [403, undefined, "PermissionError", "permission_denied", false],
  [404, undefined, "NotFoundError", "not_found", false],
  [408, undefined, "TimeoutError", "timeout", true],
  [409, BODY, "ConflictError", "conflict", false],
  [409, { ...BODY, name: "ProcessNotFound" }, "NotFoundError", "not_found", false],
  [410, BODY, "GoneError", "gone", false],
  [412, BODY, "NotReadyError", "not_ready", true],
  [413, undefined, "ValidationError", "validation_failed", false],
  [418, undefined, "SignError", "unexpected_status", false],
  [429, undefined, "RateLimitError", "rate_limited", true],
  [500, BODY, "ServerError", "server_error", true],
  [502, "<html>bad gateway</html>", "ServerError", "server_error", true],
  [200, '{"id":', "ServerError", "malformed_response", true],
  [200, "", "ServerError", "malformed_response", true],
  [200, "[]", "ServerError", "malformed_response", true],
  [204, undefined, "ServerError", "malformed_response", true],
];

for (const [status, body, name, code, retryable] of STATUSES) {
  test(`${status} ${String(body?.name ?? body ?? "")} is a ${name}`, async () => {
    const answer = () =>
      typeof body === "string" ? new Response(body, { status }) : json(status, body);
    const process = await processIn("PENDING", stub(answer).fetch);
    const error = await rejection(process.status());
    assert.ok(error instanceof Error);
    assert.ok(error instanceof esm.SignError);
    assert.ok(error instanceof esm[name]);
    assert.deepEqual(
      [error.name, error.constructor.name, error.code, error.retryable, error.operation],
      [name, name, code, retryable, "getStatus"],
    );
    assert.equal(error.status, status);
    assert.equal(error.processId, ID);
    assert.equal(error.attempts, status === 401 ? 2 : 1);
    if (typeof body === "object") {
      assert.equal(error.errorId, BODY.id);
      assert.deepEqual(error.upstream, {
        name: body.name,
        message: BODY.message,
        clientSubject: BODY.clientSubject,
        clientBody: BODY.clientBody,
      });
    }
    const copy = JSON.parse(JSON.stringify(error));
    assert.deepEqual([copy.name, copy.code, copy.message], [name, code, error.message]);
    assert.equal(copy.stack, undefined);
  });
}

test("a conflict has the platform's texts for users", async () => {
  const process = await processIn("PENDING", stub(() => json(409, BODY)).fetch);
  const error = await rejection(process.status());
  assert.equal(error.clientSubject, "Title");
  assert.equal(error.clientBody, "Text");
  assert.equal(error.upstream.name, "SomethingIsWrong");
  assert.equal(error.name, "ConflictError");
});

test("reports Retry-After", async () => {
  const answer = () => json(429, undefined, { "retry-after": "7" });
  const error = await rejection((await processIn("PENDING", stub(answer).fetch)).status());
  assert.equal(error.retryAfterMs, 7000);
});

test("instanceof works across entry points and module formats for every error class", () => {
  const names = Object.keys(esm).filter((name) => name.endsWith("Error"));
  assert.equal(names.length, 17);
  for (const name of names) {
    assert.equal(esm[name], core[name], "one class in both entry points");
    const [ours, theirs] = [new esm[name]("m"), new cjs[name]("m")];
    assert.notEqual(esm[name], cjs[name]);
    assert.ok(ours instanceof cjs[name] && theirs instanceof esm[name], name);
    assert.ok(ours instanceof cjs.SignError && theirs instanceof esm.SignError, name);
    assert.equal(theirs.name, name);
    for (const other of names) {
      const same = other === name || other === "SignError";
      assert.equal(ours instanceof esm[other], same, `${name} instanceof ${other}`);
    }
  }
  assert.equal({} instanceof esm.SignError, false);
  assert.equal(null instanceof esm.SignError, false);
  assert.equal(new Error("m") instanceof esm.SignError, false);
  class Own extends esm.ConflictError {}
  assert.ok(new Own("m") instanceof Own);
  assert.ok(new Own("m") instanceof esm.ConflictError);
  assert.equal(new esm.ConflictError("m") instanceof Own, false);
});

test("reports all problems of an invalid request without sending it", async () => {
  const { fetch, log } = stub();
  const sign = await client(fetch);
  const error = await rejection(
    sign.processes.create({
      signatureLevel: "BEST",
      initiator: { type: "PERSON", email: "?" },
      invitees: { signers: [{ type: "SIGNER", firstName: "A", mobile: "079" }] },
      misspelt: 1,
    }),
  );
  assert.ok(error instanceof esm.ValidationError);
  assert.deepEqual(error.problems.map(({ path, code }) => [path, code]).sort(), [
    ["$.initiator.email", "format"],
    ["$.invitees.signers[0].lastName", "required"],
    ["$.invitees.signers[0].mobile", "format"],
    ["$.misspelt", "unknown_field"],
    ["$.signatureLevel", "enumeration"],
  ]);
  assert.equal(log.tokens + log.calls.length, 0);
});

test("input that cannot be serialized is a validation error, and the next call works", async () => {
  const { fetch } = stub();
  const sign = await client(fetch);
  const cycle = {};
  cycle.self = cycle;
  const getter = {
    get initiator() {
      throw new Error("no");
    },
  };
  const hostile = [
    cycle,
    getter,
    10n,
    { id: 1n },
    undefined,
    null,
    7,
    "text",
    [],
    () => {},
    Symbol("s"),
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("no");
        },
      },
    ),
    { initiator: { type: "PERSON", email: "\ud800" } },
    { payload: "x".repeat(2 ** 21), ...PERSON },
    { ...PERSON, payload: 2 ** 53 + 1 },
  ];
  for (const input of hostile) {
    const error = await rejection(sign.processes.create(input));
    assert.ok(error instanceof esm.ValidationError, inspect(error));
    assert.ok(error.problems.length > 0);
  }
  assert.equal((await sign.processes.create(PERSON)).id, ID);
});

test("sends unknown fields only with unknownFields: send", async () => {
  const { fetch, log } = stub();
  const error = await rejection((await client(fetch)).processes.create({ ...PERSON, added: 1 }));
  assert.equal(error.problems[0].code, "unknown_field");
  assert.equal(log.calls.length, 0);
  const sign = await client(fetch, { unknownFields: "send" });
  await sign.processes.create({ ...PERSON, added: 1 });
  const { properties, ...sent } = await log.calls[0].json();
  assert.deepEqual(sent, { ...PERSON, added: 1 });
  assert.equal(properties.length, 1);
});

test("no printed form of an error contains a secret", async () => {
  const canaries = [
    "s3cret-canary",
    "token-canary",
    "code=canary",
    "PDFBYTES",
    Buffer.from("%PDF-PDFBYTES").toString("base64"),
  ];
  const answers = [
    ...STATUSES.map(
      ([status, body]) =>
        () =>
          typeof body === "string" ? new Response(body, { status }) : json(status, body),
    ),
    (request) =>
      Promise.reject(new TypeError("fetch failed", { cause: { headers: request.headers } })),
    (request) =>
      Promise.reject(
        Object.assign(new Error("axios"), {
          request,
          config: { headers: { Authorization: request.headers.get("authorization") } },
        }),
      ),
    (request) => Promise.reject(`refused ${request.headers.get("authorization")}`),
    () => Promise.reject(new Error("plain")),
  ];
  const lines = [];
  const say = (message) => lines.push(message);
  for (const answer of answers) {
    const fetch = (request) =>
      request.url.endsWith("/token")
        ? json(200, { access_token: "token-canary", token_type: "Bearer", expires_in: 300 })
        : answer(request);
    const logger = { debug: say, warn: say };
    const events = [];
    const hooks = {
      onRequest: (event) => events.push(event),
      onResponse: (event) => events.push(event),
    };
    const sign = await client(fetch, { logger, ...hooks });
    const at = (state) => sign.processes.resume({ version: 1, id: ID, state });
    const calls = [
      () => sign.processes.create(PERSON),
      () => sign.processes.get(ID),
      () => sign.processes.list().toArray({ limit: 1 }),
      () => at("CREATED").attach(new TextEncoder().encode("%PDF-PDFBYTES"), { name: "a.pdf" }),
      () => at("CREATED").setup({ successUrl: "https://example.com/?code=canary" }),
      () => at("CREATED").release(),
      () => at("PENDING").open("x", { successUrl: "https://example.com/?code=canary" }),
      () => at("PENDING").status(),
      () => at("PENDING").details(),
      () => at("PENDING").records(),
      () => at("PENDING").download(FILE),
    ];
    for (const call of calls) {
      // Some responses are a success for some operations.
      const error = await call().catch((error) => error);
      const printed = [
        inspect(error, { depth: 20, showHidden: true }),
        JSON.stringify(error),
        String(error),
        error?.stack,
      ];
      printed.push(
        inspect(sign, { depth: 20, showHidden: true }),
        JSON.stringify(events),
        ...lines,
      );
      for (const canary of canaries) {
        for (const text of printed) assert.equal(text?.includes(canary) ?? false, false, text);
      }
    }
    for (const event of events) {
      if (event.headers?.authorization) assert.equal(event.headers.authorization, "[masked]");
    }
  }
  assert.ok(lines.length > 0);
});

test("errors of the token endpoint contain no secret", async () => {
  const sign = await client((request) =>
    Promise.reject(
      Object.assign(new Error("failed s3cret-canary"), { request, body: "s3cret-canary" }),
    ),
  );
  const error = await rejection(sign.processes.create(PERSON));
  const printed = inspect(error, { depth: 20, showHidden: true });
  assert.match(printed, /failed \[masked\]/);
  assert.equal(printed.includes("canary"), false);
});

test("the error of a failed attach contains no file bytes", async () => {
  const process = await processIn("CREATED", stub(() => json(500)).fetch);
  const error = await rejection(process.attach(PDF, { name: "a.pdf" }));
  assert.equal(inspect(error, { depth: 20 }).includes("%PDF"), false);
});

for (const [what, code] of [
  [
    "of a process with many mistakes",
    `import { createClient } from "swisscom-sign";
    const sign = await createClient({ environment: "test", accessToken: () => "t" });
    const signers = Array.from({ length: 30 }, () => ({ type: "SIGNER", email: "?" }));
    await sign.processes.create({ initiator: { type: "PERSON" }, invitees: { signers } });`,
  ],
  [
    "of a refused connection",
    `import { createClient } from "swisscom-sign";
    const environment = { apiUrl: "http://127.0.0.1:9" };
    const sign = await createClient({ environment, accessToken: () => "t", maxRetries: 0 });
    await sign.processes.get("6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a");`,
  ],
  [
    "of a PDF",
    `import { inspect } from "swisscom-sign/pdf";
    await inspect(new TextEncoder().encode("%PDF-1.4 nothing"));`,
  ],
  [
    "of the sandbox",
    `import { createSandbox } from "swisscom-sign/sandbox";
    await createSandbox({ settings: { qes: "maybe" } });`,
  ],
  [
    "of CommonJS",
    `import { createRequire } from "node:module";
    const { createClient } = createRequire(import.meta.url)("swisscom-sign");
    await createClient({});`,
  ],
]) {
  test(`an uncaught error ${what} prints its message and at most one screen`, async () => {
    const folder = await mkdtemp(join(import.meta.dirname, "uncaught-"));
    try {
      const file = join(folder, "main.mjs");
      await writeFile(file, code);
      const { status, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8" });
      assert.equal(status, 1);
      assert.match(stderr, /^(\w*Error)( \[\w+\])?: [a-z]/m);
      assert.match(stderr, /dist\/[a-z-]+\.[mc]js:\d+:\d+/);
      const lines = stderr.split("\n");
      assert.ok(lines.length <= 60, `${lines.length} lines: ${stderr}`);
      const longest = Math.max(...lines.map(({ length }) => length));
      assert.ok(longest <= 300, `a line of ${longest} characters`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

test("an error with many problems has all of them in its JSON", async () => {
  const sign = await client(stub().fetch);
  const signers = Array.from({ length: 9 }, () => ({ type: "SIGNER" }));
  const input = { initiator: { type: "NON_PERSON", name: "x" }, invitees: { signers } };
  const error = await rejection(sign.processes.create(input));
  assert.ok(error.problems.length >= 18, error.message);
  assert.deepEqual(JSON.parse(JSON.stringify(error)).problems, error.problems);
});

test("clients, processes and lists print by name", async () => {
  const sign = await client(stub().fetch);
  assert.match(inspect(sign), /^Client \[SignClient\] {/);
  assert.match(inspect(sign.processes.list()), /^(Object <)?ProcessList/);
  assert.match(inspect(sign.processes.watch()), /^(Object <)?ProcessWatcher/);
  sign.free();
});
