// Import to first request in Node. Each program is a process of its own; they run in alternation, so that
// a slow phase of the machine affects all of them. Prints medians, and the ratio to the first.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { PROGRAMS } from "./programs.mjs";

const ROUNDS = 15;
const programs = [...PROGRAMS, "nothing"];
const times = new Map(programs.map((name) => [name, []]));
const intercept = new URL("intercept.mjs", import.meta.url).href;

for (let round = 0; round <= ROUNDS; round++) {
  for (const name of programs) {
    const script = fileURLToPath(
      new URL(`programs/${name}.mjs`, import.meta.url),
    );
    const said = execFileSync(
      process.execPath,
      ["--import", intercept, script],
      { encoding: "utf8" },
    );
    const ms = Number(said);
    if (!(ms > 0)) throw new Error(`${name} sent no request: ${said}`);
    // The first round fills the disk cache.
    if (round > 0) times.get(name).push(ms);
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const floor = median(times.get("nothing"));
const own = median(times.get(PROGRAMS[0])) - floor;
console.log(
  `import to first request, ms above an empty program (${floor.toFixed(1)} ms), median of ${ROUNDS}`,
);
for (const name of PROGRAMS) {
  const above = median(times.get(name)) - floor;
  console.log(
    `  ${name.padEnd(16)} ${above.toFixed(1).padStart(7)}   x${(above / own).toFixed(2)}`,
  );
}
