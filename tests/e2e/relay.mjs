// Starts the relay program against a sandbox, for development users, and ends it by its own handle.
//
//   SWISSCOM_SIGN_RELAY_BIN   the program

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** The relay's ready line, with `token(name)` of a user and `end()`. */
export async function startRelay(sandbox) {
  const program = process.env.SWISSCOM_SIGN_RELAY_BIN;
  if (!program)
    throw new Error("set SWISSCOM_SIGN_RELAY_BIN; `cargo xtask test e2e` does");
  const child = spawn(
    program,
    [
      ...["serve", "--dev", "--listen", "127.0.0.1:0"],
      ...["--upstream", sandbox.apiUrl, "--token-url", sandbox.tokenUrl],
    ],
    {
      stdio: ["ignore", "pipe", "ignore"],
      env: {
        ...process.env,
        SWISSCOM_SIGN_CLIENT_ID: sandbox.clientId,
        SWISSCOM_SIGN_CLIENT_SECRET: sandbox.clientSecret,
      },
    },
  );
  const line = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`the relay ended with ${code}`)),
    );
    createInterface({ input: child.stdout }).once("line", resolve);
  });
  const ready = JSON.parse(line);
  return {
    ...ready,
    token: (name) => ready.users.find((user) => user.name === name).token,
    end() {
      child.removeAllListeners("exit");
      child.kill();
    },
  };
}
