// What `.` and `./core` share beside, bundled once: the loader with its wasm, the engine's host.

export * from "./connection.js";
export * from "./host.js";
export * from "./wasm/load.js";
