// sinon's fake timers, in a plain program. Node's own `Request` needs `queueMicrotask` and `nextTick`.

import FakeTimers from "@sinonjs/fake-timers";

import { callWithFakeTimers } from "./fake-timers.mjs";

const clock = FakeTimers.install({
  toFake: ["setTimeout", "clearTimeout", "setImmediate", "Date", "performance"],
});
const during = await callWithFakeTimers();
clock.uninstall();
console.log(during, await callWithFakeTimers());
