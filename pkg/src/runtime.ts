// Bundle shared by `.` and `./core`: the core's wasm, its loader and its host interface.

export * from "./connection.js";
export * from "./host.js";
export * from "./wasm/load.js";
