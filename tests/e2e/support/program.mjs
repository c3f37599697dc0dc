// Starts programs that print one line of JSON when they are ready.
//
//   SWISSCOM_SIGN_SANDBOX_BIN, SWISSCOM_SIGN_RELAY_BIN   the programs; those in target/debug unless set

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Paths of the programs. `cargo build` makes the default ones. */
export const SANDBOX =
  process.env.SWISSCOM_SIGN_SANDBOX_BIN ??
  join(root, "target/debug/swisscom-sign-sandbox");
export const RELAY =
  process.env.SWISSCOM_SIGN_RELAY_BIN ??
  join(root, "target/debug/swisscom-sign-relay");

/** The fields of the ready line, with `end(signal)`. */
export async function start(program, args, { env, stderr = "ignore" } = {}) {
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", stderr],
    env: { ...process.env, ...env },
  });
  const line = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`${program} exited with ${code}`)),
    );
    createInterface({ input: child.stdout }).once("line", resolve);
  });
  const end = (signal = "SIGTERM") =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null)
        return void resolve();
      child.once("exit", resolve);
      child.kill(signal);
    });
  return { ...JSON.parse(line), end };
}
