// The steps of a signing. The result of each step is saved, and each step can be repeated: after a
// crash it first checks whether it was already performed.

import { setTimeout as pause } from "node:timers/promises";

import { SignError, StateError, UncertainOutcomeError } from "swisscom-sign";

import { archive } from "./evidence.mjs";

/** externalIdentifier of the document. */
const DOCUMENT = "document";
/** Property that identifies a process whose create response was lost. */
const PROPERTY = "signing";
/** Maximum pause before a step is retried, in milliseconds. */
const MAX_PAUSE_MS = 60_000;

/** The step for each state. */
const STEPS = {
  received: create,
  created: attach,
  attached: release,
  released: wait,
  ended: archiveEvidence,
};

/** The request `create` of a signing. */
export function processOf({ id, level, signers }) {
  return {
    signatureLevel: level,
    initiator: { type: "NON_PERSON", name: "Example backend" },
    invitees: {
      signers: signers.map(({ position: _, ...signer }, index) => ({
        type: "SIGNER",
        externalIdentifier: `signer-${index + 1}`,
        ...signer,
      })),
    },
    properties: [{ key: PROPERTY, value: id }],
  };
}

async function create(signing, { sign, store, signal }) {
  if (signing.creating) {
    // An earlier run sent the request and stopped before the response: look for its process.
    for await (const process of sign.processes.list(
      { status: "CREATED" },
      { signal },
    )) {
      const { properties = [] } = process.model ?? {};
      const ours = properties.some(
        ({ key, value }) => key === PROPERTY && value === signing.id,
      );
      if (ours) return { step: "created", handle: process };
    }
  }
  await store.write({ ...signing, creating: true });
  const process = await sign.processes.create(processOf(signing), { signal });
  return { step: "created", handle: process };
}

async function attach(signing, { sign, store, signal }) {
  const process = sign.processes.resume(signing.handle);
  const { fileReferences = [] } = await process.details({ signal });
  if (
    !fileReferences.some(
      ({ externalIdentifier }) => externalIdentifier === DOCUMENT,
    )
  ) {
    const signaturePositions = signing.signers.map(({ position }, index) => ({
      signer: `signer-${index + 1}`,
      // Default: rows of three on the last page.
      ...(position ?? {
        pageNumber: -1,
        positionX: 40 + 175 * (index % 3),
        positionY: 120 + 60 * Math.floor(index / 3),
      }),
    }));
    const source = { path: store.document(signing.id) };
    const details = {
      name: signing.name,
      externalIdentifier: DOCUMENT,
      signaturePositions,
    };
    await process.attach(source, details, { signal });
  }
  return { step: "attached", handle: process };
}

async function release(signing, { sign, signal }) {
  const process = sign.processes.resume(signing.handle);
  // The platform invites the signers. A repeated release has no effect.
  await process.release(
    { notification: { locale: signing.locale } },
    { signal },
  );
  return { step: "released", handle: process };
}

async function wait(signing, { sign, signal }) {
  const process = sign.processes.resume(signing.handle);
  try {
    await process.waitFor("COMPLETED", {
      signal,
      minIntervalMs: 1_000,
      maxIntervalMs: 30_000,
    });
    return { step: "ended", outcome: "completed", handle: process };
  } catch (error) {
    if (!(error instanceof StateError) || error.reason === undefined)
      throw error;
    return { step: "ended", outcome: error.reason, handle: process };
  }
}

async function archiveEvidence(signing, { sign, store, signal }) {
  const process = sign.processes.resume(signing.handle);
  const evidence = await archive(process, store.evidence(signing.id), {
    document: store.document(signing.id),
    signal,
  });
  return { step: "archived", evidence };
}

/** Processes signings concurrently until the signal is aborted. */
export function createWorker(sign, store, signal) {
  const running = new Map();

  async function work(signing) {
    let current = signing;
    let failures = 0;
    while (STEPS[current.step] !== undefined && !signal.aborted) {
      try {
        // Read from disk: a step can have saved a note before it failed.
        current = (await store.read(current.id)) ?? current;
        const change = await STEPS[current.step](current, {
          sign,
          store,
          signal,
        });
        current = await store.write({ ...current, ...change });
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (!isTransient(error)) {
          await store.write({
            ...current,
            step: "failed",
            failedAt: current.step,
            error,
          });
          return;
        }
        failures += 1;
        const ms = Math.min(MAX_PAUSE_MS, 500 * 2 ** failures);
        await pause(ms, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  return {
    /** Starts or continues a signing. */
    start(signing) {
      if (running.has(signing.id)) return;
      const end = work(signing)
        // For example a full disk: the next start tries again.
        .catch((error) =>
          console.error(`signing ${signing.id}: ${error.message}`),
        )
        .finally(() => running.delete(signing.id));
      running.set(signing.id, end);
    },
    /** Resolves when no step is running. */
    stopped: () => Promise.all(running.values()),
  };
}

/** Whether a retry can help. The next attempt looks up a write with an uncertain outcome. */
function isTransient(error) {
  return (
    error instanceof SignError &&
    (error.retryable || error instanceof UncertainOutcomeError)
  );
}
