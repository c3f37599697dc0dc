// Starts the sandbox program on a free port, and ends it by its own handle.
//
//   SWISSCOM_SIGN_SANDBOX_BIN   the program

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * The sandbox's ready line, with `end()`, and `act()` for its own routes. `options` are added to its
 * command line.
 */
export async function startSandbox(options = []) {
  const program = process.env.SWISSCOM_SIGN_SANDBOX_BIN;
  if (!program)
    throw new Error(
      "set SWISSCOM_SIGN_SANDBOX_BIN; `cargo xtask test e2e` does",
    );
  const child = spawn(
    program,
    ["serve", "--listen", "127.0.0.1:0", "--quiet", ...options],
    {
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  const line = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`the sandbox ended with ${code}`)),
    );
    createInterface({ input: child.stdout }).once("line", resolve);
  });
  const ready = JSON.parse(line);
  return {
    ...ready,
    environment: { apiUrl: ready.apiUrl, tokenUrl: ready.tokenUrl },
    credentials: { clientId: ready.clientId, clientSecret: ready.clientSecret },
    /** Does what a person does on the hosted pages. */
    async act(path, body) {
      const response = await fetch(`${ready.url}/_sandbox/processes/${path}`, {
        method: "POST",
        ...(body && {
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      });
      if (!response.ok)
        throw new Error(`${path}: ${response.status} ${await response.text()}`);
    },
    end() {
      child.removeAllListeners("exit");
      child.kill();
    },
  };
}
