// The watcher against a sandbox with a frozen clock: timestamps do not change until a test advances it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createClient } from "swisscom-sign";

import { smallPdf } from "../../../js-examples/node-invite-and-sign/pdf.mjs";
import { startSandbox } from "../support/sandbox.mjs";
import { FAST } from "../support/watch.mjs";

let sandbox;
let sign;
before(async () => {
  sandbox = await startSandbox();
  const at = "2026-03-01T08:00:00Z";
  await sandbox.control("PUT", "/clock", { mode: "frozen", at });
  const scopes = [
    "sswp:process:create",
    "sswp:process:read",
    "sswp:process:read:all",
  ];
  const credentials = { ...sandbox.credentials, scopes };
  sign = await createClient({ environment: sandbox.environment, credentials });
});
after(() => sandbox?.end());

const advance = (by) => sandbox.control("POST", "/clock/advance", { by });

const signer = (reference) => ({
  type: "SIGNER",
  firstName: "John",
  lastName: "Canary",
  email: `${reference}@canary.example.com`,
  externalIdentifier: reference,
});

async function released(...signers) {
  const process = await sign.processes.create({
    signatureLevel: "ADVANCED",
    initiator: { type: "NON_PERSON", name: "Test" },
    invitees: { signers: signers.map(signer) },
  });
  await process.attach(smallPdf("watched"), {
    name: "contract.pdf",
    signaturePositions: signers.map((reference) => ({
      signer: reference,
      pageNumber: 0,
      positionX: 50,
      positionY: 100,
    })),
  });
  await process.release({ notification: { locale: "de-CH" } });
  return process;
}

/** Watches until `count` events of the type were delivered: `{ events, cursor }`. */
async function until(type, options, count = 1) {
  const watcher = sign.processes.watch({
    ...FAST,
    signal: AbortSignal.timeout(20_000),
    ...options,
  });
  const events = [];
  for await (const event of watcher) {
    events.push(event);
    if (events.filter((one) => one.type === type).length === count) break;
  }
  return { events, cursor: watcher.cursor };
}

const eventNames = (events, { id }) =>
  events
    .filter(({ processId }) => processId === id)
    .map(({ type, externalIdentifier }) =>
      externalIdentifier ? `${type} ${externalIdentifier}` : type,
    );

test("delivers every event of the list once, across restarts with a cursor", async () => {
  const [first, second] = [await released("a", "b"), await released("c", "d")];
  const begun = await until("signer.invited", {}, 4);
  await sandbox.act(`${first.id}/participants/a/sign`);
  const third = await released("e");
  await sandbox.act(`${third.id}/participants/e/sign`);
  const signed = await until("process.completed", { cursor: begun.cursor });
  await sandbox.act(`${second.id}/participants/c/decline`, {});
  const declined = await until("process.expired", { cursor: signed.cursor });
  await advance("P31D");
  const expired = await until("process.expired", { cursor: declined.cursor });
  const all = [begun, signed, declined, expired].flatMap(
    ({ events }) => events,
  );
  const start = ["process.created", "file.attached", "process.released"];
  assert.deepEqual(eventNames(all, third), [
    ...start,
    "signer.invited e",
    "signer.signed e",
    "process.completed",
  ]);
  assert.deepEqual(eventNames(all, first), [
    ...start,
    "signer.invited a",
    "signer.invited b",
    "signer.signed a",
    "process.expired",
  ]);
  assert.deepEqual(eventNames(all, second), [
    ...start,
    "signer.invited c",
    "signer.invited d",
    "signer.declined c",
    "signer.canceled d",
    "process.expired",
  ]);
  // Events carry the time of the platform, which is frozen.
  assert.equal(all[0].at, "2026-03-01T08:00:00Z");
  assert.match(all.at(-1).at, /^2026-03-31/);
  assert.doesNotMatch(expired.cursor, /canary|John/i);
  assert.ok(expired.cursor.length < declined.cursor.length + 50);
});

test("watches one process with its audit records until it is completed", async () => {
  const process = await released("x");
  const watcher = sign.processes.watch({
    ids: [process.id],
    records: true,
    ...FAST,
  });
  const events = [];
  for await (const event of watcher) {
    events.push(event);
    if (event.type === "signer.invited")
      await sandbox.act(`${process.id}/participants/x/sign`);
  }
  assert.deepEqual(
    eventNames(events, process).filter((what) => what !== "record.written"),
    [
      "process.created",
      "file.attached",
      "process.released",
      "signer.invited x",
      "signer.signed x",
      "process.completed",
    ],
  );
  const records = events.filter(({ type }) => type === "record.written");
  assert.deepEqual(
    records.map(({ record }) => record.id).reverse(),
    (await process.records()).map(({ id }) => id),
  );
  assert.equal(events.at(-1).process.state, "COMPLETED");
});

test("waitFor rejects when the process expires", async () => {
  const process = await released("y");
  const waiting = process
    .waitFor("COMPLETED", { minIntervalMs: 50, timeoutMs: 20_000 })
    .catch((error) => error);
  await advance("P31D");
  assert.equal((await waiting).reason, "expired");
});
