// One method to wait for 1 000 processes. Prints its cost.

import { createClient } from "swisscom-sign";

import { platform } from "./platform.mjs";
import { virtualClock } from "./clock.mjs";

const PROCESSES = 1000;
const HOUR_MS = 3_600_000;
const INTERVAL_MS = 5_000;
const API = "https://api.example.com/system";

const clock = virtualClock();
const { processes, answer } = platform(PROCESSES, HOUR_MS, clock.now);
/** Time of each request. */
const at = [];
const fetch = clock.during(async (request) => {
  at.push(clock.now());
  return answer(new URL(typeof request === "string" ? request : request.url));
});
/** Delay of each notification. */
const late = new Map();
const heard = (id) => {
  if (!late.has(id)) late.set(id, clock.now() - processes.get(id).signedAt);
};
const client = () =>
  createClient({
    environment: { apiUrl: API },
    accessToken: () => "token",
    fetch,
    clock,
  });

const WAYS = {
  interval: () =>
    Promise.all(
      [...processes.keys()].map(async (id) => {
        for (;;) {
          await clock.sleep(INTERVAL_MS);
          const { status } = await (
            await fetch(`${API}/api/process/${id}/status`)
          ).json();
          if (status === "COMPLETED") return heard(id);
        }
      }),
    ),
  waitFor: async () => {
    const sign = await client();
    const waits = [...processes.keys()].map(async (id) => {
      await sign.processes
        .resume({ version: 1, id, state: "PENDING" })
        .waitFor("COMPLETED");
      heard(id);
    });
    await Promise.all(waits);
  },
  watch: async () => {
    const sign = await client();
    for await (const { type, processId } of sign.processes.watch({
      ids: [...processes.keys()],
    })) {
      if (type === "process.completed") heard(processId);
      if (late.size === PROCESSES) break;
    }
  },
};

await WAYS[process.argv[2]]();
if (late.size !== PROCESSES)
  throw new Error(`${late.size} of ${PROCESSES} notifications arrived`);

const seconds = [...late.values()].sort((a, b) => a - b).map((ms) => ms / 1000);
let most = 0;
for (let first = 0, last = 0; last < at.length; last++) {
  while (at[first] <= at[last] - 60_000) first++;
  most = Math.max(most, last - first + 1);
}
const { user, system } = process.cpuUsage();
const cpu = (user + system) / 1e6;
const result = {
  requests: at.length,
  most,
  cpu,
  median: seconds[seconds.length >> 1],
  worst: seconds.at(-1),
};
console.log(JSON.stringify(result));
process.exit();
