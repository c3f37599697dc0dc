// The cost of 1 000 waits: number of requests and CPU time until 1 000 processes are signed, each at a
// different time within one hour, and the delay until the program is notified. With a virtual clock and a
// simulated platform that responds at once, so that only the client is measured; each method is a
// process of its own.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const WAYS = {
  "setInterval of 5 s, status of each": "interval",
  "swisscom-sign, waitFor of each": "waitFor",
  "swisscom-sign, one watch of all": "watch",
};

const script = fileURLToPath(new URL("waits/way.mjs", import.meta.url));
const row = (name, ...cells) =>
  console.log(
    `  ${name.padEnd(38)}${cells.map((cell) => String(cell).padStart(14)).join("")}`,
  );
console.log("1 000 processes, signed within one hour");
row("", "requests", "most a minute", "CPU s", "median late s", "worst late s");
for (const [title, way] of Object.entries(WAYS)) {
  const said = JSON.parse(
    execFileSync(process.execPath, [script, way], { encoding: "utf8" }),
  );
  row(
    title,
    said.requests,
    said.most,
    said.cpu.toFixed(1),
    said.median.toFixed(0),
    said.worst.toFixed(0),
  );
}
