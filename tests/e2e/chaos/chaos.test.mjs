// Every flow ends with one process, one file and one release, or with an error that matches the state
// of the sandbox. `cargo xtask bench chaos` runs more flows.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as sdk from "swisscom-sign";

import { startSandbox } from "../support/sandbox.mjs";
import { chaos, chaosSize } from "./chaos.mjs";

test("no flow is duplicated or lost on a broken network", async () => {
  const full = process.env.SWISSCOM_SIGN_FULL !== undefined;
  const { flows, seed } = chaosSize(full ? 10_000 : 100);
  const sandbox = await startSandbox();
  try {
    const { problems, counts } = await chaos({
      sdk,
      sandbox,
      flows,
      seed,
      // All at once, because flows mostly wait before they retry.
      together: 100,
      maxRetries: full ? 4 : 2,
    });
    console.log(`${flows} flows, seed ${seed}: ${JSON.stringify(counts)}`);
    assert.deepEqual(problems, [], `seed ${seed}`);
    assert.ok(counts["release done"] > flows / 2, "most flows are released");
  } finally {
    await sandbox.end();
  }
});
