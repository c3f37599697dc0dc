// Loaded before a program: its first request ends it, and prints the milliseconds since the process
// began. What goes through Node's own client is met there, once the program has loaded it.

import { writeSync } from "node:fs";

function finish() {
  writeSync(1, String(performance.now()));
  process.exit();
}

globalThis.fetch = finish;
if (process.argv[1].match(/docusign|dropbox/)) {
  const { default: https } = await import("node:https");
  https.request = finish;
}
