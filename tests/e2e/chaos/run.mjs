// The long run: `cargo xtask bench chaos`.
//
//   SWISSCOM_SIGN_CHAOS   `FLOWS` or `FLOWS:SEED`; 10000 when absent

import * as sdk from "swisscom-sign";

import { startSandbox } from "../support/sandbox.mjs";
import { chaos } from "./chaos.mjs";

const [flows, given] = (process.env.SWISSCOM_SIGN_CHAOS ?? "10000").split(":");
const seed = Number(given ?? Math.floor(Math.random() * 2 ** 31));
console.log(`${flows} flows, seed ${seed}`);
const sandbox = await startSandbox();
const begun = Date.now();
const onProgress = (done, total) => {
  if (done % 500 === 0)
    console.log(
      `  ${done} of ${total} flows, ${Math.round((Date.now() - begun) / 1000)} s`,
    );
};
try {
  const { problems, counts } = await chaos({
    sdk,
    sandbox,
    flows: Number(flows),
    seed,
    together: 200,
    onProgress,
  });
  for (const [what, times] of Object.entries(counts).sort()) {
    console.log(`  ${String(times).padStart(7)}  ${what}`);
  }
  for (const problem of problems) console.error(problem);
  console.log(`${problems.length} of ${flows} flows are wrong`);
  process.exitCode = problems.length > 0 ? 1 : 0;
} finally {
  await sandbox.end();
}
