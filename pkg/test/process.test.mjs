// Processes: states, files, lists, saving, waiting.

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";

import {
  MAX_FILE_BYTES,
  NotReadyError,
  PermissionError,
  ServerError,
  StateError,
  TimeoutError,
  ValidationError,
} from "swisscom-sign";

import {
  FILE,
  ID,
  PDF,
  PERSON,
  client,
  json,
  processIn,
  rejection,
  stub,
  virtualClock,
} from "./support.mjs";

const OPERATIONS = {
  attach: (process) => process.attach(PDF, { name: "a.pdf" }),
  setup: (process) => process.setup(),
  release: (process) => process.release(),
  open: (process) => process.open("x"),
  getProcess: (process) => process.details(),
  getStatus: (process) => process.status(),
  getRecords: (process) => process.records(),
  getFileContent: (process) => process.download("x"),
};

/** The guide's table "Services": operations by state. A later release is sent to the platform. */
const PERMITTED = {
  CREATED: [
    "attach",
    "setup",
    "release",
    "getProcess",
    "getStatus",
    "getRecords",
    "getFileContent",
  ],
  PENDING: ["release", "open", "getProcess", "getStatus", "getRecords", "getFileContent"],
  COMPLETED: ["release", "open", "getProcess", "getStatus", "getRecords", "getFileContent"],
  EXPIRED: ["release", "open", "getProcess", "getStatus", "getRecords", "getFileContent"],
  SUSPENDED: ["getProcess", "getStatus", "getRecords", "getFileContent"],
};

for (const [state, permitted] of Object.entries(PERMITTED)) {
  for (const [operation, call] of Object.entries(OPERATIONS)) {
    const allowed = permitted.includes(operation);
    test(`${operation} in ${state} is ${allowed ? "sent" : "refused without a request"}`, async () => {
      const { fetch, log } = stub(() => json(403));
      const process = await processIn(state, fetch);
      const error = await rejection(call(process));
      if (allowed) {
        assert.ok(error instanceof PermissionError, inspect(error));
        assert.equal(log.calls.length, 1);
        return;
      }
      assert.ok(error instanceof StateError);
      assert.deepEqual([error.state, error.operation, error.processId], [state, operation, ID]);
      assert.deepEqual(error.allowed, process.allowedOperations());
      assert.equal(log.tokens + log.calls.length, 0);
      const [problem] = await process.check(operation);
      assert.equal(problem.code, "state_forbids");
    });
  }
}

test("a repeated release succeeds", async () => {
  const body = {
    id: ID,
    status: "PENDING",
    participants: [{ id: FILE, url: "https://x.example/p" }],
  };
  for (const [status, alreadyReleased] of [
    [200, false],
    [208, true],
  ]) {
    const process = await processIn("CREATED", stub(() => json(status, body)).fetch);
    const released = await process.release();
    assert.deepEqual(released, { participants: body.participants, alreadyReleased });
    assert.equal(process.state, "PENDING");
  }
});

test("preserves unknown fields, values and states", async () => {
  const model = {
    id: ID,
    status: "SUSPENDED",
    added: { list: [1, "ü\ud83d\ude00"] },
    big: 12345678901234567890,
  };
  const process = await processIn("PENDING", stub(() => json(200, model)).fetch);
  assert.deepEqual(await process.details(), model);
  assert.equal(process.state, "SUSPENDED");
});

test("identifiers cannot change the request path", async () => {
  const { fetch, log } = stub(() => json(200, { url: "https://x.example/" }));
  const process = await processIn("PENDING", fetch);
  await process.open("a/../b?c#d ü");
  assert.equal(
    new URL(log.calls[0].url).pathname,
    `/system/api/process/${ID}/open/a%2F..%2Fb%3Fc%23d%20%C3%BC`,
  );
  for (const id of ["", ".", "..", "x".repeat(129)]) {
    assert.ok((await rejection(process.open(id))) instanceof ValidationError);
  }
  const sign = await client(fetch);
  assert.ok((await rejection(sign.processes.get("../x"))) instanceof ValidationError);
  assert.equal(log.calls.length, 1);
});

test("resumes a saved process and rejects anything else", async () => {
  const { fetch } = stub(() => json(200, { id: ID, status: "COMPLETED" }));
  const saved = JSON.stringify(await processIn("PENDING", fetch));
  assert.deepEqual(JSON.parse(saved), { version: 1, id: ID, state: "PENDING" });
  const sign = await client(fetch);
  const process = sign.processes.resume(saved);
  assert.equal(process.id, ID);
  assert.equal(await process.status(), "COMPLETED");
  assert.match(inspect(process), /COMPLETED/);
  for (const wrong of [
    "",
    "{",
    "null",
    "7",
    null,
    undefined,
    {},
    { version: 2, id: ID, state: "PENDING" },
    { version: 1, id: "x", state: "PENDING" },
  ]) {
    assert.throws(() => sign.processes.resume(wrong), { name: /SignError|ValidationError/ });
  }
});

const folder = () => mkdtemp(join(tmpdir(), "swisscom-sign-"));

test("attaches every kind of source with the same JSON", async () => {
  const bytes = new Uint8Array(1_600_001).map((_, index) => (index * 7) % 256);
  bytes.set(PDF);
  const dir = await folder();
  const path = join(dir, "file.pdf");
  await writeFile(path, bytes);
  async function* odd() {
    // Chunks of every remainder; the first is shorter than the PDF header.
    for (let at = 0, size = 1; at < bytes.length; at += size, size = (size % 50_000) * 2 + 1) {
      yield bytes.subarray(at, at + size);
    }
  }
  const sources = {
    Uint8Array: bytes,
    "Uint8Array inside a buffer": new Uint8Array([0, ...bytes, 0]).subarray(1, -1),
    ArrayBuffer: bytes.buffer,
    Buffer: Buffer.from(bytes),
    Blob: new Blob([bytes]),
    ReadableStream: new Blob([bytes]).stream(),
    "async iterable": odd(),
    path: { path },
    URL: { path: new URL(`file://${path}`) },
    function: () => bytes,
    "async function": async () => ({ path }),
  };
  for (const [name, source] of Object.entries(sources)) {
    const bodies = [];
    const { fetch } = stub(async (request) => {
      bodies.push(await request.json());
      return json(201, { fileId: FILE });
    });
    const process = await processIn("CREATED", fetch);
    const progress = [];
    const attached = await process.attach(source, {
      name: 'a "b" \\ ü.pdf',
      externalIdentifier: "e",
      signaturePositions: [{ signer: "s", pageNumber: 0, positionX: 1, positionY: 2 }],
      onProgress: (event) => progress.push(event),
    });
    assert.deepEqual(attached, { fileId: FILE }, name);
    const { content, ...rest } = bodies[0];
    assert.ok(Buffer.from(content, "base64").equals(Buffer.from(bytes)), name);
    assert.equal(content, Buffer.from(bytes).toString("base64"), name);
    assert.deepEqual(rest, {
      name: 'a "b" \\ ü.pdf',
      externalIdentifier: "e",
      contentType: "application/pdf",
      signaturePositions: [{ signer: "s", pageNumber: 0, positionX: 1, positionY: 2 }],
    });
    const streamed = name === "ReadableStream" || name === "async iterable";
    for (const phase of streamed ? ["reading", "sending"] : ["sending"]) {
      const seen = progress.filter((event) => event.phase === phase).map(({ bytes }) => bytes);
      const sorted = [...new Set(seen)].sort((a, b) => a - b);
      assert.deepEqual(seen, sorted, "progress only grows");
      assert.equal(seen[0], 0);
      assert.ok(seen.length > 1, `and is told on the way: ${name} ${seen}`);
    }
    assert.equal(
      progress.some(({ phase }) => phase === "reading"),
      streamed,
    );
    assert.deepEqual(progress.slice(-2), [
      { phase: "sending", bytes: bytes.length, total: bytes.length },
      { phase: "done", bytes: bytes.length, total: bytes.length },
    ]);
  }
  await rm(dir, { recursive: true });
});

test("does not read a file if the state does not allow attach", async () => {
  const process = await processIn("PENDING", () => assert.fail("no request"));
  const source = () => assert.fail("the file was read");
  assert.ok((await rejection(process.attach(source, { name: "a.pdf" }))) instanceof StateError);
});

test("takes the file name from the source", async () => {
  const dir = await folder();
  const path = join(dir, "lease.pdf");
  await writeFile(path, PDF);
  const url = pathToFileURL(join(dir, "offer 1.pdf"));
  await writeFile(url, PDF);
  for (const [source, name, details] of [
    [{ path }, "lease.pdf"],
    [{ path: url }, "offer 1.pdf"],
    [new File([PDF], "offer.pdf"), "offer.pdf"],
    [{ path }, "other.pdf", { name: "other.pdf" }],
  ]) {
    const { fetch, log } = stub(() => json(201, { fileId: FILE }));
    await (await processIn("CREATED", fetch)).attach(source, details);
    assert.equal((await log.calls[0].json()).name, name);
  }
  await rm(dir, { recursive: true });
});

test("reports file problems without a request", async () => {
  const text = new TextEncoder();
  const large = {
    size: MAX_FILE_BYTES + 1,
    slice: () => new Blob([]),
    arrayBuffer: () => assert.fail("read"),
  };
  async function* endless() {
    for (;;) yield new Uint8Array(4_000_000).map((_, at) => PDF[at] ?? 0);
  }
  const cases = [
    [new Uint8Array(0), {}, "$.content", "file_empty"],
    [text.encode("PK\u0003\u0004"), {}, "$.content", "not_a_pdf"],
    [text.encode("%P"), {}, "$.content", "not_a_pdf"],
    [large, {}, "$.content", "file_too_large"],
    [endless(), {}, "$.content", "file_too_large"],
    [{ path: "/nowhere/file.pdf" }, {}, "$.content", "required"],
    [{ path: tmpdir() }, {}, "$.content", "required"],
    [new Blob([PDF]).stream(), { size: PDF.length + 1 }, "$.content", "format"],
    ["text", {}, "$.content", "type"],
    [null, {}, "$.content", "type"],
    [{}, {}, "$.content", "type"],
    [PDF, { name: undefined }, "$.name", "required"],
    [PDF, { externalIdentifier: "a b" }, "$.externalIdentifier", "format"],
    [
      PDF,
      { signaturePositions: [{ signer: "s", pageNumber: 0.5, positionX: -1, positionY: 1 }] },
      "$.signaturePositions[0].pageNumber",
      "type",
    ],
  ];
  for (const [source, details, path, code] of cases) {
    const { fetch, log } = stub();
    const process = await processIn("CREATED", fetch);
    const error = await rejection(process.attach(source, { name: "a.pdf", ...details }));
    assert.ok(error instanceof ValidationError, inspect(error));
    assert.deepEqual([error.problems[0].path, error.problems[0].code], [path, code]);
    assert.equal(error.operation, "attach");
    assert.equal(log.tokens + log.calls.length, 0);
  }
});

test("accepts a file of maximum size and rejects one byte more", async () => {
  const bytes = new Uint8Array(MAX_FILE_BYTES);
  bytes.set(PDF);
  let length = 0;
  const { fetch } = stub(async (request) => {
    for await (const chunk of request.body) length += chunk.length;
    return json(201, { fileId: FILE });
  });
  const process = await processIn("CREATED", fetch);
  await process.attach(bytes, { name: "a.pdf" });
  assert.ok(length > 55_924_052 && length < 55_924_052 + 200, String(length));
  const larger = new Uint8Array(MAX_FILE_BYTES + 1);
  larger.set(PDF);
  const error = await rejection(process.attach(larger, { name: "a.pdf" }));
  assert.deepEqual(
    error.problems.map(({ code }) => code),
    ["file_too_large"],
  );
});

const pdfAnswer = (body, headers) =>
  new Response(body, { status: 200, headers: { "content-type": "application/pdf", ...headers } });

test("downloads as bytes, Blob, stream and file", async () => {
  const headers = {
    "content-disposition": "attachment; filename=\"x.pdf\"; filename*=UTF-8''l%C3%BCt.pdf",
    "content-length": String(PDF.length),
  };
  const process = await processIn("COMPLETED", stub(() => pdfAnswer(PDF, headers)).fetch);
  const download = await process.download("file-1");
  assert.deepEqual(
    [download.filename, download.contentType, download.size, download.fileId],
    ["lüt.pdf", "application/pdf", PDF.length, "file-1"],
  );
  assert.deepEqual(await download.bytes(), PDF);
  assert.match((await rejection(download.bytes())).message, /already read/);
  assert.equal((await (await process.download("x")).blob()).type, "application/pdf");
  const chunks = [];
  for await (const chunk of (await process.download("x")).stream()) chunks.push(chunk);
  assert.deepEqual(Buffer.concat(chunks), Buffer.from(PDF));
  const dir = await folder();
  await (await process.download("x")).saveTo(join(dir, "x.pdf"));
  assert.deepEqual(await readFile(join(dir, "x.pdf")), Buffer.from(PDF));
  assert.deepEqual(await readdir(dir), ["x.pdf"]);
  await rm(dir, { recursive: true });
});

test("a truncated download fails and leaves no file", async () => {
  const broken = () =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(PDF);
        controller.error(new TypeError("terminated"));
      },
    });
  const dir = await folder();
  for (const [answer, code] of [
    [() => pdfAnswer(PDF, { "content-length": "999" }), "malformed_response"],
    [() => pdfAnswer(broken()), "connection_failed"],
  ]) {
    const process = await processIn("COMPLETED", stub(answer).fetch);
    assert.equal((await rejection((await process.download("x")).bytes())).code, code);
    const error = await rejection((await process.download("x")).saveTo(join(dir, "x.pdf")));
    assert.equal(error.code, code);
    assert.equal(error.processId, ID);
    assert.deepEqual(await readdir(dir), []);
  }
  await rm(dir, { recursive: true });
});

test("a download without a file, or not ready, is an error", async () => {
  const html = () =>
    new Response("<html>", { status: 200, headers: { "content-type": "text/html" } });
  const process = await processIn("COMPLETED", stub(html).fetch);
  assert.ok((await rejection(process.download("x"))) instanceof ServerError);
  const early = await processIn("PENDING", stub(() => json(412, {})).fetch);
  assert.ok((await rejection(early.download("x"))) instanceof NotReadyError);
});

test("removes folders from file names", async () => {
  for (const [header, name] of [
    ['attachment; filename="../../etc/passwd"', "passwd"],
    ["attachment; filename=plain.pdf", "plain.pdf"],
    ['attachment; filename="a\\"b.pdf"', 'a"b.pdf'],
    ["attachment; filename*=UTF-8''%E0%A4%A; filename=ok.pdf", "ok.pdf"],
    ["attachment; filename*=UTF-8''..%2F..%2Fx.pdf", "x.pdf"],
    ['attachment; filename=".."', undefined],
    ["inline", undefined],
  ]) {
    const answer = () => pdfAnswer(PDF, { "content-disposition": header });
    const process = await processIn("COMPLETED", stub(answer).fetch);
    assert.equal((await process.download("x")).filename, name, header);
  }
});

test("lists page by page, each process once", async () => {
  const id = (number) => ID.replace(/..$/, String(number).padStart(2, "0"));
  const pages = [[1, 2], [2, 3], [4]];
  const { fetch, log } = stub((request) => {
    const page = Number(new URL(request.url).searchParams.get("page"));
    const content = pages[page].map((number) => ({ id: id(number), status: "PENDING" }));
    return json(200, {
      content,
      page: { number: page, totalPages: pages.length, totalElements: 4, size: 2 },
    });
  });
  const sign = await client(fetch);
  const list = sign.processes.list({
    status: "PENDING",
    validUntilWithin: "P5D",
    size: 2,
    sort: "createdDate,asc",
  });
  const seen = [];
  for await (const process of list) seen.push(process.id);
  assert.deepEqual(seen, [1, 2, 3, 4].map(id));
  const query = Object.fromEntries(new URL(log.calls[0].url).searchParams);
  assert.deepEqual(query, {
    status: "PENDING",
    validUntilWithin: "P5D",
    size: "2",
    page: "0",
    sort: "createdDate,asc",
  });
  assert.equal((await list.toArray({ limit: 2 })).length, 2);
  assert.equal(log.calls.length, 4, "no page more than needed");
  for await (const page of list.pages()) {
    assert.equal(page.totalElements, 4);
    assert.equal(page.processes[0].state, "PENDING");
    break;
  }
  await assert.rejects(list.toArray({}), /limit/);
  await assert.rejects(
    sign.processes.list({ sort: "name" }).toArray({ limit: 1 }),
    ValidationError,
  );
});

test("waitFor reports changes, declines, rejected identifications and the end", async () => {
  const signer = (more) => ({
    initiator: { type: "PERSON" },
    invitees: { signers: [{ type: "SIGNER", ...more }] },
  });
  const wait = async (models, options) => {
    const process = await processIn(
      "PENDING",
      stub(() => json(200, { id: ID, ...models[Math.min(at++, models.length - 1)] })).fetch,
    );
    let at = 0;
    return process.waitFor("COMPLETED", { minIntervalMs: 1, maxIntervalMs: 1, ...options });
  };
  const changes = [];
  const model = await wait(
    [
      { status: "PENDING", ...signer({ status: "PENDING" }) },
      { status: "SUSPENDED", ...signer({ status: "PENDING" }) },
      { status: "COMPLETED", ...signer({ status: "SIGNED" }) },
    ],
    { onChange: ({ from, to }) => changes.push([from, to]) },
  );
  assert.equal(model.status, "COMPLETED");
  assert.deepEqual(changes, [
    ["PENDING", "SUSPENDED"],
    ["SUSPENDED", "COMPLETED"],
  ]);
  for (const [last, reason] of [
    [{ status: "PENDING", ...signer({ status: "DECLINED" }) }, "declined"],
    [
      {
        status: "PENDING",
        ...signer({ status: "PENDING", verification: { rejectedOn: "2026-01-01T00:00:00Z" } }),
      },
      "identification_rejected",
    ],
    [{ status: "EXPIRED", ...signer({ status: "CANCELED" }) }, "expired"],
  ]) {
    const error = await rejection(wait([{ status: "PENDING" }, last], { timeoutMs: 5_000 }));
    assert.ok(error instanceof StateError);
    assert.deepEqual([error.reason, error.state, error.processId], [reason, last.status, ID]);
  }
  const late = await rejection(wait([{ status: "PENDING" }], { timeoutMs: 20 }));
  assert.equal(late.code, "timeout");
});

/** Waits with a virtual clock; the last response is repeated. */
async function virtualWait(answers, wanted, options) {
  const time = virtualClock();
  const { fetch } = stub(() => (answers.length > 1 ? answers.shift() : answers[0])());
  const { clock } = time;
  const process = await processIn("PENDING", time.during(fetch), { clock });
  const outcome = await process.waitFor(wanted, options).catch((error) => error);
  return { outcome, at: time.at, now: clock.now() };
}

const is = (status, more) => () => json(200, { id: ID, status, ...more });
const HOUR = 3_600_000;

test("polls rarely over a month, at most a tenth of the age late", async () => {
  const month = 30 * 24 * HOUR;
  const { outcome, at, now } = await virtualWait([is("PENDING")], "COMPLETED", {
    timeoutMs: month,
    maxIntervalMs: HOUR,
  });
  assert.ok(outcome instanceof TimeoutError);
  assert.equal(
    outcome.message,
    `timeout after ${month} ms waiting for COMPLETED: last state PENDING`,
  );
  assert.equal(outcome.processId, ID);
  assert.equal(now, month);
  assert.ok(at.length > 700 && at.length < 1_200, `${at.length} looks`);
  for (let index = 1; index < at.length; index += 1) {
    const pause = at[index] - at[index - 1];
    assert.ok(pause >= 800 && pause <= Math.max(1_200, 0.12 * at[index - 1] + 1), `${pause}`);
    assert.ok(pause <= 1.2 * HOUR);
  }
});

test("polls frequently again after a change", async () => {
  const pending = Array.from({ length: 60 }, () => is("PENDING"));
  const signed = is("PENDING", { invitees: { signers: [{ type: "SIGNER", status: "SIGNED" }] } });
  const { at } = await virtualWait([...pending, signed, is("COMPLETED")], "COMPLETED", {});
  const pauses = at.slice(1).map((moment, index) => moment - at[index]);
  assert.ok(pauses.at(-2) > 10_000, `${pauses.at(-2)}`);
  assert.ok(pauses.at(-1) < 1_201, `${pauses.at(-1)}`);
});

test("backs off on failures, honors Retry-After, and names them at the timeout", async () => {
  const broken = () => json(503);
  const { outcome, at } = await virtualWait([is("PENDING"), broken], "COMPLETED", {
    timeoutMs: HOUR,
    maxRetries: 0,
  });
  assert.match(outcome.message, /last state PENDING; consecutive failures: \d+, last: /);
  assert.equal(outcome.cause.status, 503);
  assert.ok(at.length < 25, `${at.length} looks`);
  const busy = () => json(429, undefined, { "retry-after": "100" });
  const kept = await virtualWait([busy, is("COMPLETED")], "COMPLETED", { maxRetries: 0 });
  assert.equal(kept.outcome.status, "COMPLETED");
  assert.deepEqual(kept.at, [0, 100_000]);
  const never = await virtualWait([broken], "COMPLETED", { timeoutMs: 1_000, maxRetries: 0 });
  assert.match(
    never.outcome.message,
    /timeout after 1000 ms .* last state unknown; consecutive failures: 1, last: getProcess/,
  );
});

test("waiting for EXPIRED continues after a decline and ends with the last signature", async () => {
  const declined = { invitees: { signers: [{ type: "SIGNER", status: "DECLINED" }] } };
  const expired = await virtualWait([is("PENDING", declined), is("EXPIRED", declined)], "EXPIRED");
  assert.equal(expired.outcome.status, "EXPIRED");
  const { outcome } = await virtualWait([is("PENDING"), is("COMPLETED")], "EXPIRED");
  assert.deepEqual([outcome.reason, outcome.state], ["completed", "COMPLETED"]);
  const { outcome: who } = await virtualWait(
    [
      is("PENDING", {
        invitees: { signers: [{ status: "DECLINED", externalIdentifier: "anna" }] },
      }),
    ],
    "COMPLETED",
  );
  assert.match(who.message, /: signer anna declined$/);
});

test("waitFor continues after transient errors only", async () => {
  const answers = [json(503), json(429), json(200, { id: ID, status: "COMPLETED" })];
  const process = await processIn("PENDING", stub(() => answers.shift()).fetch);
  assert.equal((await process.waitFor("COMPLETED", { minIntervalMs: 1 })).status, "COMPLETED");
  const gone = await processIn("PENDING", stub(() => json(404)).fetch);
  assert.equal(
    (await rejection(gone.waitFor("COMPLETED", { minIntervalMs: 1 }))).code,
    "not_found",
  );
});

test("retries reads, and writes that were not performed", async () => {
  const tries = async (state, call, answers, more) => {
    const { fetch, log } = stub(() => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    });
    const sign = await client(fetch, { maxRetries: 2, ...more });
    const process = sign.processes.resume({ version: 1, id: ID, state });
    const outcome = await call(process, sign).catch((error) => error);
    return [log.calls.length, outcome];
  };
  const good = () => json(200, { id: ID, status: "PENDING" });
  const reset = () => new TypeError("fetch failed");
  const status = (process) => process.status();
  const create = (_, sign) => sign.processes.create(PERSON);
  assert.deepEqual(await tries("PENDING", status, [json(502), reset(), good()]), [3, "PENDING"]);
  const [again, created] = await tries("PENDING", create, [json(503), json(201, { id: ID })]);
  assert.deepEqual([again, created.id], [2, ID]);
  const [once, conflict] = await tries("PENDING", status, [json(409), good()]);
  assert.deepEqual([once, conflict.code], [1, "conflict"]);
  const [bounded, last] = await tries("PENDING", status, [reset(), reset(), reset(), good()]);
  assert.deepEqual([bounded, last.attempts], [3, 3]);
});

test("an abort interrupts the pause before a retry", async () => {
  const { fetch, log } = stub(() => json(429, undefined, { "retry-after": "50" }));
  const sign = await client(fetch, { maxRetries: 5 });
  const controller = new AbortController();
  const pending = rejection(sign.processes.get(ID, { signal: controller.signal }));
  setTimeout(() => controller.abort(), 20);
  assert.equal((await pending).code, "aborted");
  assert.equal(log.calls.length, 1);
});

test("sends custom headers and rejects reserved ones", async () => {
  const { fetch, log } = stub(() => json(200, { id: ID, status: "PENDING" }));
  const process = await processIn("PENDING", fetch);
  await process.status({ headers: { "x-request-id": "7" } });
  assert.equal(log.calls[0].headers.get("x-request-id"), "7");
  assert.equal(log.calls[0].headers.get("authorization"), "Bearer token-1");
  for (const headers of [
    { "a b": "c" },
    { a: "b\r\nc: d" },
    { a: "ü" },
    { Authorization: "x" },
    { "": "x" },
  ]) {
    const error = await rejection(process.status({ headers }));
    assert.equal(error.code, "invalid_argument", JSON.stringify(headers));
  }
});

test("lists the signed files and the files of identifications", async () => {
  const model = {
    id: ID,
    status: "PENDING",
    initiator: { type: "SIGNER", verification: { files: ["report"] } },
    invitees: { signers: [{ type: "SIGNER" }, { type: "SIGNER", verification: {} }] },
    fileReferences: [
      { externalIdentifier: "annex", initialFileId: FILE, lastSignedFileId: null },
      { externalIdentifier: "offer", initialFileId: FILE, lastSignedFileId: ID },
    ],
  };
  const process = await processIn("PENDING", stub(() => json(200, model)).fetch);
  assert.deepEqual(await process.signedFiles(), [
    { fileId: ID, kind: "document", initialFileId: FILE, externalIdentifier: "offer" },
    { fileId: "report", kind: "verification" },
  ]);
  const bare = await processIn(
    "PENDING",
    stub(() => json(200, { id: ID, fileReferences: null })).fetch,
  );
  assert.deepEqual(await bare.signedFiles(), []);
});
