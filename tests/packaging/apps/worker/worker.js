import { all } from "./all.mjs";

// Without a document: this is a worker.
const where = typeof document === "undefined" ? "" : "not a worker: ";
all().then(
  (line) => postMessage(where + line),
  (error) => postMessage(`failed: ${error.stack}`),
);
