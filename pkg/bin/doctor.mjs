// `swisscom-sign doctor`: checks the setup and says how to fix what is wrong.

import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";

import { AuthenticationError, createClient, NotFoundError } from "../dist/index.mjs";

import { drift, readContract } from "./drift.mjs";
import { COMMON, COMMON_HELP, credentials, environment, UsageError } from "./settings.mjs";

export const DOCTOR = `Usage: swisscom-sign doctor [--contract URL|FILE] [--environment NAME] [--json]

Requests access tokens and reads a process that does not exist. Changes nothing.

  --contract URL|FILE  compare the contract of this version with an OpenAPI document
${COMMON_HELP}

Exit codes: 0 all checks passed, possibly with warnings; 1 a check failed; 2 usage error.`;

const LIMIT_MS = 15_000;
/** Clock skew in milliseconds above which the check warns, and fails. */
const MAX_SKEW = [30_000, 300_000];
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
  const labels = { ok: "ok", warning: "warning", failed: "FAILED" };
  const report = (name, status, message) => {
    checks.push({ name, status, message });
    if (!values.json) console.log(`${labels[status].padEnd(8)} ${name}: ${message}`);
  };
  const target = environment(values);
  // A wrong argument ends the command before the first check.
  const other = values.contract === undefined ? undefined : await loadContract(values.contract);
  const found = await credentials();
  report("credentials", found.warning ? "warning" : "ok", found.warning ?? `from ${found.source}`);
  if (await connection(target, found, report)) {
    for (const [scope, what] of SCOPES) await checkScope(target, found, scope, what, report);
  }
  if (other !== undefined) await contract(other, report);
  const ok = checks.every(({ status }) => status !== "failed");
  if (values.json) console.log(JSON.stringify({ ok, checks }, null, 2));
  return ok ? 0 : 1;
}

/** Checks connection and clock with one call without a valid token. */
async function connection(target, found, report) {
  let date;
  let local;
  const before = Date.now();
  const client = await createClient({
    environment: target,
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
    report("connection", "failed", `${error.message}${cause(error)}; check network, proxy and URL`);
    return false;
  }
  const good = error.status === 401 || error.status === 403;
  const note = good ? "the platform responds" : `unexpected status ${error.status}: check the URL`;
  report("connection", good ? "ok" : "warning", note);
  if (Number.isNaN(date)) {
    report("clock", "warning", "the response has no Date header");
    return true;
  }
  // The Date header has no fraction of a second.
  const skew = Math.abs(local - date - 500);
  const status = skew > MAX_SKEW[1] ? "failed" : skew > MAX_SKEW[0] ? "warning" : "ok";
  const seconds = skew < 1_500 ? 0 : Math.round(skew / 1_000);
  const way = local > date ? "ahead" : "behind";
  report(
    "clock",
    status,
    seconds === 0 ? "correct" : `${seconds} s ${way}; synchronize it with NTP`,
  );
  return true;
}

function cause({ cause: inner }) {
  const why = inner?.cause?.code ?? inner?.code ?? inner?.cause?.message;
  return why ? ` (${why})` : "";
}

/** Checks a scope: requests a token with this scope only and reads a process that does not exist. */
async function checkScope(target, { clientId, clientSecret }, scope, what, report) {
  const client = await createClient({
    environment: target,
    credentials: { clientId, clientSecret, scopes: [scope] },
    timeoutMs: LIMIT_MS,
  });
  const error = await client.processes.get(randomUUID()).catch((thrown) => thrown);
  if (error.operation !== "token" && (error.status === 403 || error instanceof NotFoundError)) {
    report(scope, "ok", what);
  } else if (error instanceof AuthenticationError) {
    report(scope, "failed", `rejected: ${error.message}`);
  } else {
    const missing = /invalid_scope/.test(`${error.upstream?.name} ${error.message}`);
    const message = missing ? `not granted: cannot ${what}` : error.message;
    report(scope, missing ? "warning" : "failed", message);
  }
}

/** The comparison with a contract document, or the error that a check reports. */
const loadContract = (source) =>
  readContract(source)
    .then(drift)
    .catch((error) => {
      if (error instanceof UsageError) throw error;
      return error;
    });

async function contract(found, report) {
  if (found instanceof Error) {
    report("contract", "failed", found.message);
    return;
  }
  const { version, known, added, removed } = found;
  if (added.length + removed.length === 0) {
    report("contract", "ok", `${version}, same as in this version`);
    return;
  }
  // Additions are harmless: unknown fields of responses are passed through.
  const list = [...removed.map((name) => `- ${name}`), ...added.map((name) => `+ ${name}`)];
  const message = `${version} differs from ${known}: ${list.join("; ")}`;
  report("contract", removed.length > 0 ? "failed" : "warning", message);
}
