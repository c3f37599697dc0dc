// A backend that takes a document and has it signed: it creates the process, attaches, releases,
// waits, and archives the evidence. Whatever it was doing when it ended, it goes on with at its
// next start.
//
//   node main.mjs --data FOLDER [--port NUMBER]
//
// Prints one line of JSON with its `url` when it is ready.

import { parseArgs } from "node:util";

import { createClient } from "swisscom-sign";

import { createApp } from "./app.mjs";
import { openStore } from "./store.mjs";
import { createWorker } from "./worker.mjs";

const HELP = `Usage: node main.mjs [--data FOLDER] [--port NUMBER]

  --data FOLDER   where documents, the state of their signings, and evidence are kept (./data)
  --port NUMBER   0 for any free one (3000); it listens on loopback: put your own proxy and your own
                  authentication before it

Environment:
  SWISSCOM_SIGN_CLIENT_ID, SWISSCOM_SIGN_CLIENT_SECRET   credentials, which may
      list the organization's processes (scope sswp:process:read:all)
  SWISSCOM_SIGN_API_URL, SWISSCOM_SIGN_TOKEN_URL         another place than the test environment`;

async function main() {
  const { values } = parseArgs({
    options: {
      data: { type: "string", default: "data" },
      port: { type: "string", default: "3000" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(HELP);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error("--port is no port");

  const sign = await createClient(settings());
  const store = await openStore(values.data);
  const stop = new AbortController();
  const worker = createWorker(sign, store, stop.signal);
  const app = await createApp(store, worker);
  await app.listen({ host: "127.0.0.1", port });
  for (const signing of await store.all()) worker.start(signing);

  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, async () => {
      // What is under way is ended; its state is on disk.
      stop.abort();
      await app.close();
      await worker.ended();
      sign.free();
    });
  }
  console.log(
    JSON.stringify({ url: `http://127.0.0.1:${app.server.address().port}` }),
  );
}

function settings() {
  const need = (name) => {
    const value = process.env[name];
    if (!value) throw new Error(`set ${name}; see --help`);
    return value;
  };
  const apiUrl = process.env.SWISSCOM_SIGN_API_URL;
  const tokenUrl = process.env.SWISSCOM_SIGN_TOKEN_URL;
  return {
    environment: apiUrl ? { apiUrl, tokenUrl } : "test",
    credentials: {
      clientId: need("SWISSCOM_SIGN_CLIENT_ID"),
      clientSecret: need("SWISSCOM_SIGN_CLIENT_SECRET"),
      // The last one is for the list, in which a process is found whose creation was not answered.
      scopes: [
        "sswp:process:create",
        "sswp:process:read",
        "sswp:process:read:all",
      ],
    },
  };
}

try {
  await main();
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
