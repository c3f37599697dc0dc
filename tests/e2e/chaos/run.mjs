// The long run: `cargo xtask bench chaos`.

import * as sdk from "swisscom-sign";

import { startSandbox } from "../support/sandbox.mjs";
import { chaos, chaosSize } from "./chaos.mjs";

const { flows, seed } = chaosSize(10_000);
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
    flows,
    seed,
    together: 200,
    onProgress,
  });
  for (const [what, times] of Object.entries(counts).sort()) {
    console.log(`  ${String(times).padStart(7)}  ${what}`);
  }
  for (const problem of problems) console.error(problem);
  console.log(`${problems.length} of ${flows} flows have problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
} finally {
  await sandbox.end();
}
