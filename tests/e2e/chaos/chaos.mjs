// Random flows through the SDK against the sandbox, while requests and answers get lost. What the
// sandbox holds in the end is compared with what the SDK has said.
//
// A flow behaves as a careful caller does: it repeats what failed with `retryable`, and nothing
// else. So every error that is no UncertainOutcomeError or AbortError claims that nothing was done.

import { setTimeout as sleep } from "node:timers/promises";

import { smallPdf } from "../../../js-examples/node-invite-and-sign/pdf.mjs";

/** What can happen to a request: how often, of a hundred, and the sandbox's name for it. */
const FAULTS = [
  [4, "drop=before"],
  [5, "drop=after"],
  [2, "drop=reset"],
  [3, "drop=reset; effect=true"],
  [3, "drop=truncate"],
  [2, "drop=dribble; latencyMs=60"],
  [1, "drop=garbage"],
  [2, "drop=garbage; effect=true"],
  [2, "status=500"],
  [2, "status=500; effect=true"],
  [2, "status=502; effect=true"],
  [2, "status=504; effect=true"],
  [2, "status=503; retryAfter=0"],
  [2, "status=429; retryAfter=1"],
  [3, "latencyMs=60"],
];
/** Of a hundred requests, those that arrive after their sender was told that they did not. */
const LATE = 3;
const LATE_MS = [50, 600];
/** Of a hundred requests, those before which all tokens of the client become void. */
const REVOKED = 0.7;

const KEY = "swisscom-sign.correlation";
const PDF = smallPdf("chaos");

/** A generator of numbers in 0..1 that depend on nothing but the seed (mulberry32). */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `fetch` with bad luck, drawn from `dice`. */
function unlucky(dice, revoke, count) {
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

/** Calls until it works, as long as the error says that another try can help. */
async function patiently(
  call,
  { UncertainOutcomeError, AbortError, SignError },
  count,
) {
  for (let tries = 1; ; tries += 1) {
    try {
      return { done: await call() };
    } catch (error) {
      // What is none of the SDK's errors is a bug.
      if (!(error instanceof SignError)) return { bug: error };
      count(error.name);
      const uncertain =
        error instanceof UncertainOutcomeError || error instanceof AbortError;
      if (uncertain)
        return error.sentAt === undefined
          ? { failed: error }
          : { uncertain: error };
      // A final 401 comes when tokens are revoked faster than they are renewed.
      const passes = error.retryable || error.status === 401;
      if (!passes || tries === 6) return { failed: error };
      if (error.status === 401) await sleep(50);
    }
  }
}

/** One flow; resolves to what the SDK has said about each step. */
async function flow({ number, seed, tenant, sdk, count }) {
  const dice = random(seed * 1_000_003 + number);
  const name = `flow-${number}`;
  const sign = await tenant.client(unlucky(dice, tenant.revoke, count));
  const step = async (operation, call) => {
    const options = { maxRetries: 4 };
    // Some lose patience.
    if (dice() < 0.04) options.timeoutMs = 40 + dice() * 400;
    else if (dice() < 0.04)
      options.signal = AbortSignal.timeout(Math.floor(20 + dice() * 200));
    const result = await patiently(() => call(options), sdk, count);
    count(`${operation} ${Object.keys(result)[0]}`);
    return result;
  };
  const said = {
    number,
    name,
    create: undefined,
    attach: undefined,
    release: undefined,
  };
  const own = dice() < 0.1;
  const full = !own && dice() < 0.05;
  said.full = full;
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
  said.create = await step("create", (options) =>
    sign.processes.create(model, options),
  );
  const process = said.create.done;
  if (process === undefined) return said;
  const position = {
    signer: "signer",
    pageNumber: 0,
    positionX: 50,
    positionY: 100,
  };
  const details = { name: "chaos.pdf", signaturePositions: [position] };
  if (dice() < 0.3) details.externalIdentifier = "contract";
  said.attach = await step("attach", (options) =>
    process.attach(PDF, details, options),
  );
  if (said.attach.done === undefined) return said;
  if (dice() < 0.2)
    said.setup = await step("setup", (options) => process.setup({}, options));
  const request = { notification: { locale: "en-GB" } };
  said.release = await step("release", (options) =>
    process.release(request, options),
  );
  if (said.release.done === undefined) return said;
  said.status = await step("status", (options) => process.status(options));
  sign.free();
  return said;
}

/** What is wrong between what was said and what the sandbox holds. */
function wrong(said, processes) {
  const problems = [];
  const expect = (right, text) =>
    right || problems.push(`${said.name}: ${text}`);
  const { create, attach, release } = said;
  for (const [step, result] of Object.entries(said)) {
    if (result?.bug)
      problems.push(`${said.name}: ${step} threw ${result.bug?.stack}`);
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
      said.full === (correlation === undefined),
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
    if (said.status?.done)
      expect(said.status.done === "PENDING", "status says otherwise");
  } else {
    expect(
      process.invitations <= 1,
      `${process.invitations} invitations were sent`,
    );
  }
  return problems;
}

/**
 * Runs so many flows, `together` at a time. `sdk` is the package's exports, `sandbox` a running
 * one. Resolves to `{ seed, problems, counts }`.
 */
export async function chaos({
  sdk,
  sandbox,
  flows,
  seed,
  together = 60,
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
  const said = [];
  let next = 0;
  const worker = async () => {
    for (;;) {
      const number = next;
      next += 1;
      if (number >= flows) return;
      const tenant = tenants[number % tenants.length];
      said.push(await flow({ number, seed, tenant, sdk, count }));
      onProgress?.(said.length, flows);
    }
  };
  await Promise.all(Array.from({ length: Math.min(together, flows) }, worker));
  // What was delivered late has arrived by now.
  await sleep(LATE_MS[1] + 400);
  const held = (await Promise.all(tenants.map(({ read }) => read()))).flat();
  const byFlow = new Map();
  for (const process of held)
    byFlow.set(process.flow, [...(byFlow.get(process.flow) ?? []), process]);
  const problems = said.flatMap((one) =>
    wrong(one, byFlow.get(one.name) ?? []),
  );
  return { seed, problems, counts };
}

/** What the sandbox holds of an organization, by its own API and outbox, without faults. */
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
