// Replaces the global of this name in the glue of wasm-bindgen (scripts/build.mjs), which fake timers of a
// test replace even before this module loads. Jobs of promises cannot be replaced.

export function queueMicrotask(callback: () => void): void {
  void Promise.resolve().then(callback);
}
