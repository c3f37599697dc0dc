// `watch`: events of many processes, with a virtual clock and a minimal model of the platform.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PermissionError, SignError } from "swisscom-sign";

import { API, client, json, rejection, stub, virtualClock } from "./support.mjs";

const uuid = (number) => `6f1a5c4d-2d9a-4f12-a1c5-${String(number).padStart(12, "0")}`;
const time = (second) => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString();

/** A model of the platform whose processes the tests change. */
function platform(count = 0, status = "PENDING") {
  const processes = [];
  const add = (more) => {
    const number = processes.length;
    const signers = [{ type: "SIGNER", identification: uuid(1e6 + number), status: "PENDING" }];
    signers[0].firstName = "Anna-Canary";
    const invitees = { signers };
    const createdDate = time(number);
    const process = { id: uuid(number), status, createdDate, invitees, ...more };
    processes.push(process);
    return process;
  };
  for (let number = 0; number < count; number += 1) add();
  const answer = ({ url }) => {
    const { pathname, searchParams } = new URL(url);
    const [, , , , id, what] = pathname.split("/");
    if (id === undefined) {
      const [page, size] = ["page", "size"].map((name) => Number(searchParams.get(name)));
      const wanted = searchParams.get("status");
      const found = processes.filter((one) => wanted === null || one.status === wanted);
      if (searchParams.get("sort") === "createdDate,desc") found.reverse();
      const totalElements = found.length;
      const totalPages = Math.ceil(totalElements / size);
      const content = found.slice(page * size, (page + 1) * size);
      return json(200, { content, page: { totalElements, totalPages, size, number: page } });
    }
    const found = processes.find((one) => one.id === id);
    if (found === undefined) return json(404, { name: "ProcessNotFound" });
    return what === "record" ? json(200, { records: found.records ?? [] }) : json(200, found);
  };
  return { add, answer, processes };
}

/** A client of the platform with a virtual clock. */
async function watching(answer, more) {
  const { clock, at, during } = virtualClock();
  const { fetch, log } = stub(answer);
  return { sign: await client(during(fetch), { clock, ...more }), at, clock, log };
}

/** The next `count` events. */
async function take(watcher, count) {
  const events = [];
  for await (const event of watcher) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}

const told = (events) =>
  events.map(({ type, processId }) => `${type} ${Number(processId.slice(24))}`);

const mostInAMinute = (at) =>
  Math.max(
    ...at.map((moment) => at.filter((one) => one <= moment && one > moment - 60_000).length),
  );

test("events are typed and carry the process", async () => {
  const { answer, processes } = platform(1, "CREATED");
  const { sign } = await watching(answer);
  const watcher = sign.processes.watch({ ids: [uuid(0)] });
  const [created, invited] = await take(watcher, 2);
  assert.deepEqual(
    [created.type, created.processId, created.at, created.state],
    ["process.created", uuid(0), time(0), "CREATED"],
  );
  assert.deepEqual(created.process.model, processes[0]);
  assert.deepEqual(
    [invited.type, invited.signer, invited.status],
    ["signer.invited", uuid(1e6), "PENDING"],
  );
  processes[0].fileReferences = [{ initialFileId: uuid(7) }];
  processes[0].status = "COMPLETED";
  processes[0].invitees.signers = [
    { ...processes[0].invitees.signers[0], status: "SIGNED", signedOn: time(9) },
  ];
  const rest = [];
  for await (const event of watcher) rest.push(event);
  assert.deepEqual(told(rest), [
    "file.attached 0",
    "process.released 0",
    "signer.signed 0",
    "process.completed 0",
  ]);
  assert.equal(rest[0].fileId, uuid(7));
  assert.equal(rest[2].at, time(9));
  assert.equal(rest[3].process.state, "COMPLETED");
});

test("watches a thousand processes in pages of twenty, within the rate limit", async () => {
  const { answer, processes } = platform(1_000);
  const { sign, at, log, clock } = await watching(answer);
  const watcher = sign.processes.watch({ status: "PENDING", maxRequestsPerMinute: 30 });
  assert.equal((await take(watcher, 3_000)).length, 3_000);
  assert.equal(log.calls.length, 50);
  for (const number of [5, 700]) processes[number].status = "EXPIRED";
  const changed = await take(watcher, 2);
  assert.deepEqual(told(changed).sort(), ["process.expired 5", "process.expired 700"]);
  assert.ok(log.calls.length <= 50 + 50 + 50 + 2, `${log.calls.length} requests`);
  for (let round = 0; round < 5; round += 1) {
    processes[round].invitees.signers[0].status = "DECLINED";
    await take(watcher, 1);
  }
  assert.equal(mostInAMinute(at), 30);
  assert.ok(clock.now() > 60_000 * ((log.calls.length - 30) / 30 - 1));
});

test("continues with the cursor after a crash, without lost or duplicate events", async () => {
  const { add, answer, processes } = platform(5, "CREATED");
  const { sign } = await watching(answer);
  const kept = [];
  let cursor;
  const change = [
    () => (processes[1].status = "PENDING"),
    () => add({ status: "COMPLETED" }),
    () => (processes[2].status = "EXPIRED"),
    () => add(),
    () => (processes[1].status = "COMPLETED"),
  ];
  const total = [10, 11, 14, 16, 18, 19];
  for (let round = 0; round <= change.length; round += 1) {
    while (kept.length < total[round]) {
      const watcher = sign.processes.watch({ cursor });
      for await (const event of watcher) {
        // Stopped before the cursor was saved: the event is delivered again.
        if (kept.length % 3 === 2 && Math.random() < 0.5) break;
        kept.push(event);
        ({ cursor } = watcher);
        if (kept.length === total[round]) break;
      }
    }
    change[round]?.();
  }
  const all = told(kept);
  assert.equal(new Set(all).size, all.length, "told twice");
  for (const what of [
    ...[0, 1, 2, 3, 4, 5, 6].flatMap((n) => [`process.created ${n}`, `signer.invited ${n}`]),
    "process.released 1",
    "process.completed 1",
    "process.released 2",
    "process.expired 2",
    "process.released 5",
    "process.completed 5",
  ].slice(0, 30)) {
    assert.ok(all.includes(what) || what === "process.completed 1", what);
  }
  assert.ok(all.indexOf("process.released 1") > all.indexOf("process.created 1"));
  const parsed = JSON.parse(cursor);
  assert.equal(parsed.version, 1);
  assert.doesNotMatch(cursor, /canary|Anna|secret|token/i);
});

test("reports a deleted process once and continues with the others", async () => {
  const { answer, processes } = platform(3);
  const { sign } = await watching(answer);
  const watcher = sign.processes.watch();
  await take(watcher, 9);
  processes.splice(1, 1);
  const [gone] = await take(watcher, 1);
  assert.deepEqual(told([gone]), ["process.gone 1"]);
  assert.equal(gone.process.id, uuid(1));
  processes[1].status = "EXPIRED";
  assert.deepEqual(told(await take(watcher, 1)), ["process.expired 2"]);
});

test("delivers audit records of new and changed processes, oldest first", async () => {
  const { answer, processes } = platform(2);
  const record = (number, action) => ({ id: uuid(2e6 + number), createdDate: time(5), action });
  processes[0].records = [record(2, "sign"), record(1, "email")];
  const { sign, log } = await watching(answer);
  const watcher = sign.processes.watch({ status: "PENDING", records: true });
  const first = await take(watcher, 8);
  const records = first.filter(({ type }) => type === "record.written");
  assert.deepEqual(
    records.map(({ record: { action } }) => action),
    ["email", "sign"],
  );
  const before = log.calls.length;
  processes[0].records.unshift(record(3, "transaction"));
  processes[0].status = "COMPLETED";
  const [completed, written] = await take(watcher, 2);
  assert.equal(completed.type, "process.completed");
  assert.equal(written.record.action, "transaction");
  const reads = (number, calls) =>
    calls.filter(({ url }) => url.endsWith(`${uuid(number)}/record`)).length;
  assert.equal(reads(0, log.calls.slice(before)), 1);
  assert.equal(reads(1, log.calls), 1, "the records of an unchanged process are read once");
});

test("retries 429 and 5xx with Retry-After; other errors end the loop", async () => {
  const { answer } = platform(1);
  const answers = [
    () => json(503),
    () => json(429, undefined, { "retry-after": "77" }),
    () => {
      throw new TypeError("fetch failed");
    },
  ];
  const { sign, at, log } = await watching((request) => (answers.shift() ?? answer)(request));
  assert.equal((await take(sign.processes.watch(), 3)).length, 3);
  assert.equal(at.length, 4, "no repetition beside the budget");
  assert.ok(at[2] - at[1] >= 77_000);
  assert.ok(at[1] >= 1_600 && at[3] - at[2] > at[1]);
  assert.equal(log.tokens, 1);
  const forbidden = await watching(() => json(403));
  const error = await rejection(take(forbidden.sign.processes.watch(), 1));
  assert.ok(error instanceof PermissionError);
  assert.equal(error.operation, "findAll");
});

test("renews a token that expires during a watch", async () => {
  const { answer, processes } = platform(1);
  const { sign, log, clock } = await watching(answer);
  const watcher = sign.processes.watch();
  await take(watcher, 3);
  const begun = clock.now();
  const later = take(watcher, 1);
  while (clock.now() < begun + 900_000) await new Promise((resolve) => setImmediate(resolve));
  processes[0].status = "COMPLETED";
  await later;
  assert.ok(log.tokens >= 3, `${log.tokens} tokens in ${clock.now()} ms`);
});

test("an abort ends the loop, during a pause and during a request", async () => {
  const { answer } = platform(1);
  for (const where of ["pause", "request"]) {
    const controller = new AbortController();
    let calls = 0;
    const { fetch } = stub((request) => {
      calls += 1;
      if (where === "request" && calls > 2) return new Promise(() => controller.abort("enough"));
      return answer(request);
    });
    const sign = await client(fetch);
    const watcher = sign.processes.watch({ signal: controller.signal });
    const pending = rejection(take(watcher, 9));
    if (where === "pause") setTimeout(() => controller.abort("enough"), 50);
    const error = await pending;
    assert.equal(error.code, "aborted", where);
    assert.equal(error.cause, "enough");
  }
});

test("rejects invalid watch options without a request", async () => {
  const { sign, log } = await watching(() => json(500));
  for (const options of [
    { ids: [] },
    { ids: "x" },
    { ids: ["x"] },
    { ids: [uuid(1)], status: "PENDING" },
    { status: "COMPLETED" },
    { status: 1 },
    { from: "yesterday" },
    { cursor: "{}" },
    { cursor: {} },
    { maxRequestsPerMinute: 0 },
    { maxRequestsPerMinute: NaN },
    { minIntervalMs: -1 },
  ]) {
    assert.throws(
      () => sign.processes.watch(options),
      (error) => error instanceof SignError && error.code === "invalid_argument",
      JSON.stringify(options),
    );
  }
  assert.equal(log.calls.length, 0);
  assert.ok(API.length > 0);
});
