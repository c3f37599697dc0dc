#!/usr/bin/env node
// `swisscom-sign`: the commands, their help and their exit codes.

import { doctor, DOCTOR } from "./doctor.mjs";
import { send, SEND } from "./send.mjs";
import { UsageError } from "./settings.mjs";

const HELP = `Usage: swisscom-sign COMMAND [OPTIONS]

  doctor   says whether credentials, connection, clock and contract are as they should be
  send     sends a PDF to people who sign it

swisscom-sign COMMAND --help says more about a command.

Credentials come from the environment or a file, never from the command line, which other users of
the machine can read:
  SWISSCOM_SIGN_CLIENT_ID, SWISSCOM_SIGN_CLIENT_SECRET
  SWISSCOM_SIGN_CREDENTIALS   a JSON file { "clientId": …, "clientSecret": … } in their place

Exit codes: 0 done; 1 refused, failed, or something is wrong; 2 wrong use.`;

const COMMANDS = { doctor: [doctor, DOCTOR], send: [send, SEND] };

/** Says what went wrong, and what to do, without a stack. */
function sayError(error) {
  console.error(`error: ${error.message}`);
  for (const { path, message } of error.problems ?? []) console.error(`  ${path}: ${message}`);
  if (error.upstream?.name) console.error(`  the platform says: ${error.upstream.name}`);
  if (error.errorId) console.error(`  error id of the platform: ${error.errorId}`);
  if (error.processId) console.error(`  process: ${error.processId}`);
  if (error.cause?.code) console.error(`  cause: ${error.cause.code}`);
}

async function main([name, ...args]) {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    console.log(HELP);
    return name === undefined ? 2 : 0;
  }
  const [run, help] = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : [];
  if (run === undefined) throw new UsageError(`there is no command ${name}`);
  if (args.includes("--help") || args.includes("-h")) {
    console.log(help);
    return 0;
  }
  return run(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  sayError(error);
  const usage = error instanceof UsageError || String(error.code).startsWith("ERR_PARSE_ARGS");
  if (usage) console.error("see swisscom-sign --help");
  process.exitCode = usage ? 2 : 1;
}
