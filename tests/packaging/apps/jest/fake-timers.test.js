// Fake timers replace `queueMicrotask`, timers and clocks.

const { callWithFakeTimers } = require("./fake-timers.cjs");

afterEach(() => jest.useRealTimers());

test("calls finish with fake timers", async () => {
  jest.useFakeTimers();
  expect(await callWithFakeTimers()).toBe("CREATED");
});

test("calls finish after fake timers", async () => {
  expect(await callWithFakeTimers()).toBe("CREATED");
});
