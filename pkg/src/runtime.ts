// What every entry point shares, bundled once: errors, the loader with its wasm, the engine's host.
// scripts/build.mjs sends the imports of these modules here.

export * from "./connection.js";
export * from "./environment.js";
export * from "./errors.js";
export * from "./guard.js";
export * from "./host.js";
export * from "./limits.js";
export * from "./wasm/load.js";
