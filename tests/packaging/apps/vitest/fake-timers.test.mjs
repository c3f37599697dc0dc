// Fake timers replace `queueMicrotask`, timers and clocks.

import { afterEach, expect, test, vi } from "vitest";

import { callWithFakeTimers } from "./fake-timers.mjs";

afterEach(() => void vi.useRealTimers());

test("calls finish with fake timers", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "queueMicrotask", "performance", "Date"] });
  expect(await callWithFakeTimers()).toBe("CREATED");
});

test("calls finish after fake timers", async () => {
  expect(await callWithFakeTimers()).toBe("CREATED");
});
