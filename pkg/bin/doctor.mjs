// `swisscom-sign doctor`: one check after the other, each with what to do about it.

import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";

import { AuthenticationError, createClient, NotFoundError } from "../dist/index.mjs";

import { drift, readContract } from "./drift.mjs";
import { COMMON, COMMON_HELP, credentials, environment, UsageError } from "./settings.mjs";

export const DOCTOR = `Usage: swisscom-sign doctor [--contract URL|FILE] [--environment NAME] [--json]

Asks for tokens and for a process that does not exist; changes nothing.

  --contract URL|FILE  compares the contract that this version was made for with a document
${COMMON_HELP}

Exit codes: 0 everything is as it should be, or there are warnings; 1 a check failed; 2 wrong use.`;

const LIMIT_MS = 15_000;
/** Milliseconds by which the clock may be wrong: a warning above, a failure above. */
const SKEW = [30_000, 300_000];
const SCOPES = [
  ["sswp:process:create", "create, attach, set up and release"],
  ["sswp:process:read", "read, open and download"],
  ["sswp:process:read:all", "list, and watch the list"],
];

/** Runs the checks; resolves to the exit code. */
export async function doctor(args) {
  const options = { ...COMMON, contract: { type: "string" } };
  const { values } = parseArgs({ args, options });
  const checks = [];
  const said = { ok: "ok", warning: "warning", failed: "FAILED" };
  const say = (name, status, message) => {
    checks.push({ name, status, message });
    if (!values.json) console.log(`${said[status].padEnd(8)} ${name}: ${message}`);
  };
  const place = environment(values);
  const found = await credentials();
  say("credentials", found.warning ? "warning" : "ok", found.warning ?? `from ${found.source}`);
  if (await connection(place, found, say)) {
    for (const [scope, what] of SCOPES) await permitted(place, found, scope, what, say);
  }
  if (values.contract !== undefined) await contract(values.contract, say);
  const ok = checks.every(({ status }) => status !== "failed");
  if (values.json) console.log(JSON.stringify({ ok, checks }, null, 2));
  return ok ? 0 : 1;
}

/** Reachability and clock, by one call without a valid token. */
async function connection(place, found, say) {
  let date;
  let local;
  const before = Date.now();
  const client = await createClient({
    environment: place,
    accessToken: () => "none",
    maxRetries: 0,
    timeoutMs: LIMIT_MS,
    fetch: async (request) => {
      const response = await fetch(request);
      date = Date.parse(response.headers.get("date") ?? "");
      local = (before + Date.now()) / 2;
      return response;
    },
  });
  const error = await client.processes.get(randomUUID()).catch((thrown) => thrown);
  if (error.status === undefined) {
    say("connection", "failed", `${error.message}${cause(error)}; check network, proxy and URL`);
    return false;
  }
  const good = error.status === 401 || error.status === 403;
  const note = good ? "the platform answers" : `it answers ${error.status}: is this the right URL?`;
  say("connection", good ? "ok" : "warning", note);
  if (Number.isNaN(date)) {
    say("clock", "warning", "the platform does not say its time");
    return true;
  }
  // Its time has no fraction of a second.
  const skew = Math.abs(local - date - 500);
  const status = skew > SKEW[1] ? "failed" : skew > SKEW[0] ? "warning" : "ok";
  const seconds = skew < 1_500 ? 0 : Math.round(skew / 1_000);
  const way = local > date ? "fast" : "slow";
  say("clock", status, seconds === 0 ? "right" : `${seconds} s ${way}; set it by NTP`);
  return true;
}

function cause({ cause: inner }) {
  const why = inner?.cause?.code ?? inner?.code ?? inner?.cause?.message;
  return why ? ` (${why})` : "";
}

/** Whether a scope is granted: a token for it alone, and a read of a process that does not exist. */
async function permitted(place, { clientId, clientSecret }, scope, what, say) {
  const client = await createClient({
    environment: place,
    credentials: { clientId, clientSecret, scopes: [scope] },
    timeoutMs: LIMIT_MS,
  });
  const error = await client.processes.get(randomUUID()).catch((thrown) => thrown);
  if (error.operation !== "token" && (error.status === 403 || error instanceof NotFoundError)) {
    say(scope, "ok", what);
  } else if (error instanceof AuthenticationError) {
    say(scope, "failed", `refused: ${error.message}`);
  } else {
    const missing = /invalid_scope/.test(`${error.upstream?.name} ${error.message}`);
    const message = missing ? `not granted: cannot ${what}` : error.message;
    say(scope, missing ? "warning" : "failed", message);
  }
}

async function contract(place, say) {
  let found;
  try {
    found = await drift(await readContract(place));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    say("contract", "failed", error.message);
    return;
  }
  const { version, known, added, removed } = found;
  if (added.length + removed.length === 0) {
    say("contract", "ok", `${version} is as this version knows it`);
    return;
  }
  // What was added does not hurt: it is passed on in answers.
  const list = [...removed.map((name) => `- ${name}`), ...added.map((name) => `+ ${name}`)];
  const message = `${version} differs from ${known}: ${list.join("; ")}`;
  say("contract", removed.length > 0 ? "failed" : "warning", message);
}
