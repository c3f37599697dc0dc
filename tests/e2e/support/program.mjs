// Starts programs that print one line of JSON when they are ready.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The program that an environment variable names. `cargo xtask test e2e` sets it. */
export function programFrom(variable) {
  const program = process.env[variable];
  if (!program)
    throw new Error(`set ${variable}; \`cargo xtask test e2e\` does`);
  return program;
}

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
