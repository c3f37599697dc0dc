// Fake timers replace timers and clocks; not `queueMicrotask`, which Node's own `Request` needs.

import { afterEach, expect, test, vi } from "vitest";

import { callWithFakeTimers } from "./fake-timers.mjs";

afterEach(() => void vi.useRealTimers());

test("calls finish with fake timers", async () => {
  vi.useFakeTimers();
  expect(await callWithFakeTimers()).toBe("CREATED");
});

test("calls finish after fake timers", async () => {
  expect(await callWithFakeTimers()).toBe("CREATED");
});
