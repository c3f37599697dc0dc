// Calls of the SDK and the sandbox while the timers of a test runner are faked.

import { createClient } from "swisscom-sign";
import { createSandbox } from "swisscom-sign/sandbox";

/** Performs a call, an upload and a download; resolves to the state of the process. */
export async function callWithFakeTimers() {
  const sandbox = await createSandbox();
  const { credentials, fetch } = sandbox;
  const sign = await createClient({
    environment: "sandbox",
    credentials,
    fetch,
  });
  const draft = await sign.processes.create({
    initiator: { type: "NON_PERSON", name: "Offer portal" },
  });
  await sign.processes.get(draft.id, { timeoutMs: 5_000 });
  return draft.status();
}
