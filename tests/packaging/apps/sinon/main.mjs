// sinon's fake timers, in a plain program.

import FakeTimers from "@sinonjs/fake-timers";

import { callWithFakeTimers } from "./fake-timers.mjs";

const clock = FakeTimers.install();
const during = await callWithFakeTimers();
clock.uninstall();
console.log(during, await callWithFakeTimers());
