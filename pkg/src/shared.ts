// What every entry point shares, bundled once, so that there is one class of each error.

export * from "./environment.js";
export * from "./errors.js";
export * from "./guard.js";
export * from "./limits.js";
export * from "./wasm/loader.js";
