// The control API: clock, outbox, organizations, snapshots, journal.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { createClient } from "swisscom-sign";
import { SandboxError } from "swisscom-sign/sandbox";

import { smallPdf } from "../../../../js-examples/node-invite-and-sign/pdf.mjs";
import { connection, model, sandbox, started } from "../host.mjs";

let sign;
before(async () => {
  await started;
  sign = await createClient(connection());
});

const position = (signer) => ({
  signer,
  pageNumber: 0,
  positionX: 50,
  positionY: 100,
});

async function released(client, options, ...signers) {
  const process = await client.processes.create(model(...signers));
  await process.attach(smallPdf("control"), {
    name: "contract.pdf",
    signaturePositions: signers.map(position),
  });
  await process.release(options);
  return process;
}

test("clock.advance applies due events and returns them", async () => {
  const organization = await sandbox.organization("Clock");
  const { clock, outbox, credentials } = organization;
  const client = await createClient({ ...connection(), credentials });
  await clock.freeze("2030-01-01T00:00:00Z");
  assert.deepEqual(
    await clock.state().then(({ now }) => now),
    "2030-01-01T00:00:00Z",
  );
  const process = await released(
    client,
    {
      validUntil: "2030-01-31T00:00:00Z",
      notification: { locale: "de-CH", reminder: { interval: "P10D" } },
    },
    "anna",
  );
  const fired = await clock.advance("P31D");
  const types = fired.map(({ type }) => type);
  assert.deepEqual(types, ["reminder", "reminder", "expired"], types.join());
  assert.ok(fired.every(({ processId }) => processId === process.id));
  assert.equal(await process.status(), "EXPIRED");
  assert.equal((await clock.now()).toISOString(), "2030-02-01T00:00:00.000Z");
  const reminders = await outbox.messages({ type: "REMINDER" });
  assert.deepEqual(
    reminders.map(({ at }) => at.slice(0, 10)),
    fired.slice(0, 2).map(({ at }) => at.slice(0, 10)),
  );
  // The clock of other organizations did not change.
  assert.ok(Math.abs((await sandbox.clock.now()) - Date.now()) < 60_000);
  await clock.set({ mode: "offset", by: "PT48H" });
  assert.ok((await clock.now()) - Date.now() > 47 * 3_600_000);
  await assert.rejects(
    clock.advance({ to: new Date("2200-01-01") }),
    (error) => error instanceof SandboxError && error.code === "ClockNotSet",
  );
});

// A wait that is not woken exceeds the timeout of this test.
test(
  "outbox.wait returns the message with its link as soon as it is sent",
  { timeout: 20_000 },
  async () => {
    const address = "wait@example.com";
    const from = await sandbox.outbox.cursor();
    const waiting = sandbox.outbox.wait(
      { to: address, after: from },
      { timeoutMs: 50_000 },
    );
    const process = await released(
      sign,
      { notification: { locale: "fr-CH" } },
      "wait",
    );
    const message = await waiting;
    assert.equal(message.type, "INVITE");
    assert.equal(message.locale, "fr-CH");
    assert.equal(message.processId, process.id);
    assert.ok(message.links[0].startsWith(sandbox.url), message.links[0]);
    assert.equal((await sandbox.outbox.wait(address)).id, message.id);
    assert.deepEqual(
      (await sandbox.outbox.messages({ process })).map(({ id }) => id),
      [message.id],
    );
    await sandbox.outbox.clear({ process });
    assert.deepEqual(await sandbox.outbox.messages({ process }), []);
    const never = sandbox.outbox.wait("nobody@example.com", { timeoutMs: 30 });
    await assert.rejects(never, { name: "SandboxError", code: "no_message" });
  },
);

test("control endpoints equal the page actions", async () => {
  const process = await released(sign, {}, "a", "b");
  const signed = await sandbox.sign(process, "a", { certificateName: "Ann" });
  assert.equal(signed.invitees.signers[0].status, "SIGNED");
  const later = { firstName: "Carla", lastName: "C", email: "c@example.com" };
  const delegated = await sandbox.delegate(process.id, "b", later);
  const statuses = delegated.invitees.signers.map(({ status }) => status);
  assert.deepEqual(statuses.toSorted(), ["PENDING", "REPLACED", "SIGNED"]);
  const carla = delegated.invitees.signers.find(
    ({ firstName }) => firstName === "Carla",
  );
  const ended = await sandbox.decline(process, carla.identification, "No");
  assert.equal(ended.status, "EXPIRED");
  await assert.rejects(sandbox.sign(process, "a"), {
    name: "SandboxError",
    status: 409,
  });
  await assert.rejects(sandbox.sign(crypto.randomUUID(), "a"), {
    code: "ProcessNotFound",
  });

  const draft = await sign.processes.create(model("a"));
  await draft.attach(smallPdf("x"), {
    name: "x.pdf",
    signaturePositions: [position("a")],
  });
  await draft.setup();
  const setup = await sandbox.addSigner(draft, later);
  assert.equal(setup.invitees.signers.length, 2);
  const added = setup.invitees.signers.at(-1).identification;
  await sandbox.removeSigner(draft, added);
  const done = await sandbox.completeSetup(draft, { message: "Please sign" });
  assert.equal(done.status, "PENDING");
});

test("organizations are isolated from each other", async () => {
  const names = Array.from({ length: 8 }, (_, index) => `Org ${index}`);
  await Promise.all(
    names.map(async (name) => {
      const organization = await sandbox.organization(name);
      const { credentials, faults, outbox } = organization;
      const scopes = [
        "sswp:process:create",
        "sswp:process:read",
        "sswp:process:read:all",
      ];
      const client = await createClient({
        ...connection(),
        credentials: { ...credentials, scopes },
        maxRetries: 0,
      });
      await faults.add({
        match: { operation: "getStatus" },
        action: { status: 500 },
      });
      const process = await released(
        client,
        { notification: { locale: "en-GB" } },
        "a",
      );
      await assert.rejects(process.status(), { status: 500 });
      const found = await client.processes.list().toArray({ limit: 10 });
      assert.deepEqual(
        found.map(({ id }) => id),
        [process.id],
      );
      assert.equal((await outbox.messages()).length, 1);
      assert.equal((await faults.list())[0].injected, 1);
      await organization.reset();
      assert.deepEqual(await faults.list(), []);
      assert.deepEqual(
        await client.processes.list().toArray({ limit: 10 }),
        [],
      );
    }),
  );
});

test("restores a snapshot and imports an export", async () => {
  const process = await released(sign, {}, "a");
  await sandbox.snapshot("pending");
  const text = await sandbox.export();
  await sandbox.sign(process, "a");
  assert.equal(await process.status(), "COMPLETED");
  await sandbox.restore("pending");
  assert.equal(await process.status(), "PENDING");
  await sandbox.sign(process, "a");
  await sandbox.import(text);
  assert.equal(await process.status(), "PENDING");
  await assert.rejects(sandbox.restore("nothing"), { status: 404 });
  await assert.rejects(sandbox.import("{}"), { status: 400 });
});

test("the journal lists the requests of a process", async () => {
  const process = await sign.processes.create(model("a"));
  await process.status();
  const requests = await sandbox.requests({ process });
  assert.deepEqual(
    requests.map(({ operation, status }) => `${operation} ${status}`),
    ["getStatus 200"],
  );
  assert.equal(requests[0].clientId, sandbox.credentials.clientId);
});

test("exposes the CA certificate as PEM", async () => {
  assert.match(sandbox.caPem, /^-----BEGIN CERTIFICATE-----/);
});

test("reset removes processes, faults, messages, the journal and the clock setting", async () => {
  const process = await released(
    sign,
    { notification: { locale: "it-CH" } },
    "a",
  );
  await sandbox.faults.add({
    match: { operation: "create" },
    action: { status: 503 },
  });
  await sandbox.clock.freeze("2031-01-01T00:00:00Z");
  await sandbox.reset();
  await assert.rejects(process.status(), { status: 404 });
  assert.deepEqual(await sandbox.faults.list(), []);
  assert.deepEqual(await sandbox.outbox.messages(), []);
  assert.equal((await sandbox.clock.state()).clock.mode, "real");
  assert.equal((await sandbox.requests({ operation: "create" })).length, 0);
});
