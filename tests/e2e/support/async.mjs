import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** The error that a promise rejects with. */
export const rejection = (promise) =>
  promise.then(
    () => assert.fail("not rejected"),
    (error) => error,
  );

/** Polls until the condition holds. */
export async function until(condition) {
  while (!condition()) await sleep(5);
}
