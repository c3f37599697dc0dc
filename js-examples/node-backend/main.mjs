// A backend that has documents signed: it creates the process, attaches the document, releases the
// process, waits, and archives the evidence. After a restart it continues where it stopped.
//
//   node main.mjs --data FOLDER [--port NUMBER]
//
// Prints one line of JSON with its `url` when it listens.

import { parseArgs } from "node:util";

import { createClient } from "swisscom-sign";

import { createApp } from "./app.mjs";
import { openStore } from "./store.mjs";
import { createWorker } from "./worker.mjs";

const HELP = `Usage: node main.mjs [--data FOLDER] [--port NUMBER]

  --data FOLDER   folder for documents, states and evidence (default ./data)
  --port NUMBER   port on 127.0.0.1, 0 for any free one (default 3000); put a proxy with
                  authentication in front of it

Environment:
  SWISSCOM_SIGN_CLIENT_ID, SWISSCOM_SIGN_CLIENT_SECRET   credentials of a client
      with scope sswp:process:read:all, to list the organization's processes
  SWISSCOM_SIGN_API_URL, SWISSCOM_SIGN_TOKEN_URL         URLs instead of the test environment`;

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
    throw new Error(
      `invalid --port \`${values.port}\`: expected a number from 0 to 65535`,
    );

  const sign = await createClient(settings());
  const store = await openStore(values.data);
  const stop = new AbortController();
  const worker = createWorker(sign, store, stop.signal);
  const app = await createApp(store, worker);
  await app.listen({ host: "127.0.0.1", port });
  for (const signing of await store.all()) worker.start(signing);

  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, async () => {
      // Running steps are aborted; their state is on disk.
      stop.abort();
      await app.close();
      await worker.stopped();
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
    if (!value) throw new Error(`missing ${name}: set it, see --help`);
    return value;
  };
  const apiUrl = process.env.SWISSCOM_SIGN_API_URL;
  const tokenUrl = process.env.SWISSCOM_SIGN_TOKEN_URL;
  return {
    environment: apiUrl ? { apiUrl, tokenUrl } : "test",
    credentials: {
      clientId: need("SWISSCOM_SIGN_CLIENT_ID"),
      clientSecret: need("SWISSCOM_SIGN_CLIENT_SECRET"),
      // read:all for the list: it finds a process whose create response was lost.
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
