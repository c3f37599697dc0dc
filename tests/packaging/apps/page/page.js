import { all } from "./all.mjs";

all().then(
  (line) => (document.title = line),
  (error) => (document.title = `failed: ${error.stack}`),
);
