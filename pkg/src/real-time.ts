// Timers and clocks of the runtime, captured when the module loads: fake timers of a test would stop
// every call. The option `clock` replaces them for one client.

const scope = globalThis;
// Some runtimes have no `performance`.
const clock: { now(): number } = scope.performance ?? scope.Date;

export const setTimeout: typeof scope.setTimeout = scope.setTimeout.bind(scope);
export const clearTimeout: typeof scope.clearTimeout = scope.clearTimeout.bind(scope);
/** Milliseconds on a monotonic clock. */
export const monotonicNow: () => number = clock.now.bind(clock);
/** Milliseconds since 1970. */
export const wallNow: () => number = scope.Date.now.bind(scope.Date);
