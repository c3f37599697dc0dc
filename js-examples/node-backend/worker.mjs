// The life of a signing as a table of steps. Each ends by being written down, and each can be done
// again: after a crash it looks first whether it was done already.

import { setTimeout as pause } from "node:timers/promises";

import { SignError, StateError, UncertainOutcomeError } from "swisscom-sign";

import { archive } from "./evidence.mjs";

/** What names the document at the platform. */
const DOCUMENT = "document";
/** The property by which a process is found whose creation was not answered. */
const PROPERTY = "signing";
/** The longest pause before a step is tried again, in milliseconds. */
const LONGEST_PAUSE = 60_000;

/** Step by step: what is done in a state, and what it changes. */
const STEPS = {
  received: create,
  created: attach,
  attached: release,
  released: wait,
  ended: keep,
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
    // Asked for before, and the answer was lost with the process that waited for it.
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
      // In rows of three on the last page, unless the caller said better.
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
  // The platform invites the signers. A second release does nothing and says so.
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

async function keep(signing, { sign, store, signal }) {
  const process = sign.processes.resume(signing.handle);
  const evidence = await archive(process, store.evidence(signing.id), {
    document: store.document(signing.id),
    signal,
  });
  return { step: "archived", evidence };
}

/** Works on signings, many at a time, until the signal is aborted. */
export function createWorker(sign, store, signal) {
  const running = new Map();

  async function work(signing) {
    let current = signing;
    let failures = 0;
    while (STEPS[current.step] !== undefined && !signal.aborted) {
      try {
        // As it is on disk: a step may have noted something there before it failed.
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
        if (!canPass(error)) {
          await store.write({
            ...current,
            step: "failed",
            failedAt: current.step,
            error,
          });
          return;
        }
        failures += 1;
        const ms = Math.min(LONGEST_PAUSE, 500 * 2 ** failures);
        await pause(ms, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  return {
    /** Begins with a signing, or goes on with it. */
    start(signing) {
      if (running.has(signing.id)) return;
      const end = work(signing)
        // The disk, say: nothing can be written down, and the next start tries again.
        .catch((error) =>
          console.error(`signing ${signing.id}: ${error.message}`),
        )
        .finally(() => running.delete(signing.id));
      running.set(signing.id, end);
    },
    /** Resolves when nothing is being done any more. */
    ended: () => Promise.all(running.values()),
  };
}

/** Whether another try can help. A write of unknown outcome is looked up by the next one. */
function canPass(error) {
  return (
    error instanceof SignError &&
    (error.retryable || error instanceof UncertainOutcomeError)
  );
}
