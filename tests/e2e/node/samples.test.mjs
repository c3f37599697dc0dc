// The five samples of the contract, as a client of an organization or of the corporate tenant.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { createClient } from "swisscom-sign";

import { startSandbox } from "../support/sandbox.mjs";
import { watchAll } from "../support/watch.mjs";

let sandbox;
let corporate;
before(async () => {
  sandbox = await startSandbox();
  corporate = await sandbox.control("POST", "/clients", {});
});
after(() => sandbox?.end());

/** Runs a sample; resolves to its output lines, and the state and process that it printed. */
async function sample(name, { clientId, clientSecret }, meanwhile) {
  const path = new URL(
    `../../../js-examples/${name}/main.mjs`,
    import.meta.url,
  );
  const env = {
    ...process.env,
    SWISSCOM_SIGN_API_URL: sandbox.apiUrl,
    SWISSCOM_SIGN_TOKEN_URL: sandbox.tokenUrl,
    SWISSCOM_SIGN_CLIENT_ID: clientId,
    SWISSCOM_SIGN_CLIENT_SECRET: clientSecret,
  };
  const sign = await createClient({
    environment: sandbox.environment,
    credentials: { clientId, clientSecret },
  });
  const running = promisify(execFile)(process.execPath, [path.pathname], {
    env,
  });
  await meanwhile?.();
  const lines = (await running).stdout.trim().split("\n");
  const [id, state] = lines.at(-1).split(" ");
  return { lines, state, process: await sign.processes.get(id) };
}

test("sample 1 invites a signer, who signs", async () => {
  const { lines, state, process } = await sample(
    "sample-1-standard-invite",
    sandbox.credentials,
  );
  assert.equal(state, "PENDING");
  assert.match(lines[0], /^redirect John Doe to /);
  await sandbox.act(`${process.id}/participants/crm-4711/sign`);
  assert.equal((await process.waitFor("COMPLETED")).status, "COMPLETED");
});

test("sample 2 waits for the identification of the signer", async () => {
  const { lines, state, process } = await sample(
    "sample-2-identification",
    corporate,
    async () => {
      const watcher = await watchAll(sandbox, corporate);
      for await (const { type, processId, signer } of watcher) {
        if (type !== "signer.invited") continue;
        await sandbox.act(`${processId}/participants/${signer}/identify`, {});
        return;
      }
    },
  );
  assert.equal(state, "PENDING");
  const [{ verification }] = process.model.invitees.signers;
  assert.equal(lines[1], `identified on ${verification.verifiedOn}`);
});

test("sample 3 leaves the signature to the initiator", async () => {
  const { state, process } = await sample(
    "sample-3-delegated-signing",
    sandbox.credentials,
  );
  assert.equal(state, "PENDING");
  assert.equal(process.model.initiator.status, "PENDING");
});

test("sample 4 prints the setup URL of a draft", async () => {
  const { lines, state } = await sample(
    "sample-4-draft-with-setup",
    sandbox.credentials,
  );
  assert.equal(state, "CREATED");
  assert.match(lines[0], /^redirect John Doe to /);
});

test("sample 5 creates a process for one-shot signing", async () => {
  const { state, process } = await sample(
    "sample-5-one-shot-signing",
    corporate,
  );
  assert.equal(state, "PENDING");
  await sandbox.act(`${process.id}/participants/crm-4711/sign`, {
    method: "OSS",
  });
  assert.equal(await process.status(), "COMPLETED");
});
