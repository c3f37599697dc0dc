// Bundle shared by every entry point, so that each error class exists once.

export * from "./environment.js";
export * from "./errors.js";
export * from "./arguments.js";
export * from "./deadline.js";
export * from "./wasm/loader.js";
