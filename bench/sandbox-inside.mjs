// The sandbox in a Node process: import, the first sandbox, a second one, and one signing process from
// file to signature. Each round is a process of its own. Prints medians.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROUNDS = 9;
const script = fileURLToPath(new URL("sandbox/round.mjs", import.meta.url));
const rounds = [];
for (let round = 0; round <= ROUNDS; round++) {
  const times = JSON.parse(
    execFileSync(process.execPath, [script], { encoding: "utf8" }),
  );
  // The first round fills the disk cache.
  if (round > 0) rounds.push(times);
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
console.log(`swisscom-sign/sandbox, ms, median of ${ROUNDS}`);
for (const name of Object.keys(rounds[0])) {
  const ms = median(rounds.map((times) => times[name]));
  console.log(`  ${name.padEnd(34)} ${ms.toFixed(1).padStart(7)}`);
}
