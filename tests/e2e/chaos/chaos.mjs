// Random flows through the SDK against the sandbox on a broken network. At the end, the state of the
// sandbox is compared with the results of the SDK.
//
// A flow retries errors with `retryable` only. Every error except UncertainOutcomeError and AbortError
// therefore claims that the operation had no effect.
//
//   SWISSCOM_SIGN_CHAOS   `FLOWS` or `FLOWS:SEED`

import { setTimeout as sleep } from "node:timers/promises";

import { smallPdf } from "../../../js-examples/node-invite-and-sign/pdf.mjs";

/** Percentage of requests with each fault, as the header sandbox-fault names it. */
const FAULTS = [
  [4, "drop=closeBefore"],
  [5, "drop=closeAfter"],
  [2, "drop=reset"],
  [3, "drop=reset; execute=true"],
  [3, "drop=truncate"],
  [2, "drop=throttle; latencyMs=60"],
  [1, "drop=garbage"],
  [2, "drop=garbage; execute=true"],
  [2, "status=500"],
  [2, "status=500; execute=true"],
  [2, "status=502; execute=true"],
  [2, "status=504; execute=true"],
  [2, "status=503; retryAfter=0"],
  [2, "status=429; retryAfter=1"],
  [3, "latencyMs=60"],
];
/** Percentage of requests that arrive after the client has seen a connection error. */
const LATE = 3;
const LATE_MS = [50, 600];
/** Percentage of requests before which all tokens of the client are revoked. */
const REVOKED = 0.7;

const KEY = "swisscom-sign.correlation";
const PDF = smallPdf("chaos");

/** A generator of numbers from 0 to 1 that depend on the seed only (mulberry32). */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `fetch` with random faults. */
function faultyFetch(dice, revoke, count) {
  return async (request) => {
    if (dice() * 100 < REVOKED) {
      count("tokens revoked");
      await revoke();
    }
    if (dice() * 100 < LATE) {
      count("delivered late");
      const copy = new Request(request.url, {
        method: request.method,
        headers: request.headers,
        body: request.body && (await request.arrayBuffer()),
      });
      const [least, most] = LATE_MS;
      sleep(least + dice() * (most - least))
        .then(() => fetch(copy))
        .catch(() => {});
      throw Object.assign(new TypeError("fetch failed"), {
        cause: { code: "ECONNRESET" },
      });
    }
    let luck = dice() * 100;
    const fault = FAULTS.find(([share]) => (luck -= share) < 0)?.[1];
    if (fault !== undefined) {
      count(fault);
      request.headers.set("sandbox-fault", fault);
    }
    return fetch(request);
  };
}

/** Retries while the error is retryable. */
async function retry(
  call,
  { UncertainOutcomeError, AbortError, SignError },
  count,
) {
  for (let tries = 1; ; tries += 1) {
    try {
      return { done: await call() };
    } catch (error) {
      // Every other error is a bug of the SDK.
      if (!(error instanceof SignError)) return { bug: error };
      count(error.name);
      const uncertain =
        error instanceof UncertainOutcomeError || error instanceof AbortError;
      if (uncertain)
        return error.sentAt === undefined
          ? { failed: error }
          : { uncertain: error };
      // A final 401 occurs if tokens are revoked faster than they are renewed.
      const temporary = error.retryable || error.status === 401;
      if (!temporary || tries === 6) return { failed: error };
      if (error.status === 401) await sleep(50);
    }
  }
}

/** Runs one flow; resolves to the result of each step. */
async function flow({ number, seed, tenant, sdk, count, maxRetries }) {
  const dice = random(seed * 1_000_003 + number);
  const name = `flow-${number}`;
  const sign = await tenant.client(faultyFetch(dice, tenant.revoke, count));
  const step = async (operation, call) => {
    const options = { maxRetries };
    if (dice() < 0.04) options.timeoutMs = 40 + dice() * 400;
    else if (dice() < 0.04)
      options.signal = AbortSignal.timeout(Math.floor(20 + dice() * 200));
    const result = await retry(() => call(options), sdk, count);
    count(`${operation} ${Object.keys(result)[0]}`);
    return result;
  };
  const results = {
    number,
    name,
    create: undefined,
    attach: undefined,
    release: undefined,
  };
  const own = dice() < 0.1;
  const full = !own && dice() < 0.05;
  results.full = full;
  const properties = [{ key: "flow", value: name }];
  if (own) properties.push({ key: KEY, value: name });
  while (full && properties.length < 8)
    properties.push({ key: `k${properties.length}`, value: "" });
  const signer = {
    type: "SIGNER",
    firstName: "Anna",
    lastName: "Muster",
    email: `${name}@example.com`,
    externalIdentifier: "signer",
  };
  const model = {
    signatureLevel: "ADVANCED",
    initiator: { type: "NON_PERSON", name: "Chaos" },
    invitees: { signers: [signer] },
    properties,
  };
  results.create = await step("create", (options) =>
    sign.processes.create(model, options),
  );
  const process = results.create.done;
  if (process === undefined) return results;
  const position = {
    signer: "signer",
    pageNumber: 0,
    positionX: 50,
    positionY: 100,
  };
  const details = { name: "chaos.pdf", signaturePositions: [position] };
  if (dice() < 0.3) details.externalIdentifier = "contract";
  results.attach = await step("attach", (options) =>
    process.attach(PDF, details, options),
  );
  if (results.attach.done === undefined) return results;
  if (dice() < 0.2)
    results.setup = await step("setup", (options) =>
      process.setup({}, options),
    );
  const request = { notification: { locale: "en-GB" } };
  results.release = await step("release", (options) =>
    process.release(request, options),
  );
  if (results.release.done === undefined) return results;
  results.status = await step("status", (options) => process.status(options));
  sign.free();
  return results;
}

/** Differences between the results of a flow and its processes in the sandbox. */
function differences(results, processes) {
  const problems = [];
  const expect = (right, text) =>
    right || problems.push(`${results.name}: ${text}`);
  const { create, attach, release } = results;
  for (const [step, result] of Object.entries(results)) {
    if (result?.bug)
      problems.push(`${results.name}: ${step} threw ${result.bug?.stack}`);
  }
  const [process] = processes;
  const at = `${processes.length} processes`;
  if (create.done) {
    expect(processes.length === 1, `create succeeded, and there are ${at}`);
    expect(process?.id === create.done.id, "create returned another process");
  } else if (create.uncertain) {
    expect(processes.length <= 1, `create was uncertain, and there are ${at}`);
    const { correlation } = create.uncertain;
    expect(
      results.full === (correlation === undefined),
      "the error must name the correlation",
    );
    if (process && correlation !== undefined)
      expect(
        process.correlation === correlation,
        "it cannot be found by its correlation",
      );
  } else {
    expect(
      processes.length === 0,
      `create failed with ${create.failed}, and there are ${at}`,
    );
  }
  if (attach === undefined || process === undefined) return problems;
  const files = process.files;
  if (attach.done) {
    expect(
      files.length === 1,
      `attach succeeded, and there are ${files.length} files`,
    );
    expect(
      files[0]?.initialFileId === attach.done.fileId,
      "attach returned another file",
    );
  } else if (attach.uncertain) {
    expect(
      files.length <= 1,
      `attach was uncertain, and there are ${files.length} files`,
    );
    if (files.length === 1)
      expect(
        files[0].externalIdentifier === attach.uncertain.correlation,
        "the file cannot be found by its correlation",
      );
  } else {
    expect(
      files.length === 0,
      `attach failed with ${attach.failed}, and there are ${files.length} files`,
    );
  }
  if (release === undefined) return problems;
  if (release.done) {
    expect(
      process.status === "PENDING",
      `release succeeded, and the process is ${process.status}`,
    );
    expect(
      process.invitations === 1,
      `${process.invitations} invitations were sent`,
    );
    if (results.status?.done)
      expect(results.status.done === "PENDING", "status says otherwise");
  } else {
    expect(
      process.invitations <= 1,
      `${process.invitations} invitations were sent`,
    );
  }
  return problems;
}

/** Number of flows and seed of SWISSCOM_SIGN_CHAOS. */
export function chaosSize(flowsByDefault) {
  const text = process.env.SWISSCOM_SIGN_CHAOS ?? String(flowsByDefault);
  const [flows, seed = Math.floor(Math.random() * 2 ** 31)] = text
    .split(":")
    .map(Number);
  return { flows, seed };
}

/** Runs the flows, `together` at a time. Resolves to `{ problems, counts }`. */
export async function chaos({
  sdk,
  sandbox,
  flows,
  seed,
  together = 60,
  maxRetries = 4,
  onProgress,
}) {
  const admin = async (path, init) => {
    const response = await fetch(`${sandbox.url}/_sandbox${path}`, init);
    if (!response.ok)
      throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const post = (path, body) =>
    admin(path, { method: "POST", body: JSON.stringify(body) });
  const counts = {};
  const count = (what) => (counts[what] = (counts[what] ?? 0) + 1);
  const tenants = await Promise.all(
    Array.from({ length: Math.ceil(together / 5) }, async () => {
      const { id, clientId, clientSecret } = await (
        await post("/organizations", {})
      ).json();
      return {
        id,
        revoke: () => post("/tokens/revoke", { clientId }),
        client: (fetch) =>
          sdk.createClient({
            environment: sandbox.environment,
            credentials: { clientId, clientSecret },
            fetch,
          }),
        read: () =>
          readBack(sdk, sandbox, admin, { id, clientId, clientSecret }),
      };
    }),
  );
  const results = [];
  let next = 0;
  const worker = async () => {
    for (;;) {
      const number = next;
      next += 1;
      if (number >= flows) return;
      const tenant = tenants[number % tenants.length];
      results.push(
        await flow({ number, seed, tenant, sdk, count, maxRetries }),
      );
      onProgress?.(results.length, flows);
    }
  };
  await Promise.all(Array.from({ length: Math.min(together, flows) }, worker));
  // Late requests have arrived afterwards.
  await sleep(LATE_MS[1] + 400);
  const held = (await Promise.all(tenants.map(({ read }) => read()))).flat();
  const byFlow = new Map();
  for (const process of held)
    byFlow.set(process.flow, [...(byFlow.get(process.flow) ?? []), process]);
  const problems = results.flatMap((one) =>
    differences(one, byFlow.get(one.name) ?? []),
  );
  return { problems, counts };
}

/** Processes and invitations of an organization, read without faults. */
async function readBack(
  { createClient },
  sandbox,
  admin,
  { id, clientId, clientSecret },
) {
  const scopes = ["sswp:process:read", "sswp:process:read:all"];
  const credentials = { clientId, clientSecret, scopes };
  const sign = await createClient({
    environment: sandbox.environment,
    credentials,
  });
  const invitations = {};
  for (let after = "0"; ;) {
    const path = `/outbox?organizationId=${id}&type=INVITE&after=${after}`;
    const { messages, next } = await (await admin(path)).json();
    if (messages.length === 0) break;
    for (const { processId } of messages)
      invitations[processId] = (invitations[processId] ?? 0) + 1;
    after = next;
  }
  const found = [];
  for await (const { model } of sign.processes.list()) {
    const property = (key) =>
      model.properties?.find((one) => one.key === key)?.value;
    found.push({
      id: model.id,
      status: model.status,
      flow: property("flow"),
      correlation: property(KEY),
      files: model.fileReferences ?? [],
      invitations: invitations[model.id] ?? 0,
    });
  }
  sign.free();
  return found;
}
