// Exactly one process, one file and one release for each flow, whatever happens on the way; or an
// error that says what is known. `cargo xtask bench chaos` runs many more.
//
//   SWISSCOM_SIGN_CHAOS   `FLOWS` or `FLOWS:SEED`

import assert from "node:assert/strict";
import { test } from "node:test";

import * as sdk from "swisscom-sign";

import { startSandbox } from "../support/sandbox.mjs";
import { chaos } from "./chaos.mjs";

test("random flows through a broken network", async () => {
  const full = process.env.SWISSCOM_SIGN_FULL ? "10000" : "300";
  const [flows, given] = (process.env.SWISSCOM_SIGN_CHAOS ?? full).split(":");
  const seed = Number(given ?? Math.floor(Math.random() * 2 ** 31));
  const sandbox = await startSandbox();
  try {
    const { problems, counts } = await chaos({
      sdk,
      sandbox,
      flows: Number(flows),
      seed,
    });
    console.log(`${flows} flows, seed ${seed}: ${JSON.stringify(counts)}`);
    assert.deepEqual(problems, [], `seed ${seed}`);
    assert.ok(
      counts["release done"] > Number(flows) / 2,
      "most flows come to their end",
    );
  } finally {
    await sandbox.end();
  }
});
