#!/usr/bin/env node
// The `swisscom-sign` command: subcommands, help and exit codes.

import { readFile } from "node:fs/promises";

import { doctor, DOCTOR } from "./doctor.mjs";
import { send, SEND } from "./send.mjs";
import { UsageError } from "./settings.mjs";

const HELP = `Usage: swisscom-sign COMMAND [OPTIONS]

  doctor   check credentials, connection, clock, scopes and contract
  send     send a PDF to its signers

Run swisscom-sign COMMAND --help for the options of a command, and swisscom-sign --version for the version.

Credentials are read from the environment or a file. They are not accepted on the command line, which
other users of the machine can read:
  SWISSCOM_SIGN_CLIENT_ID, SWISSCOM_SIGN_CLIENT_SECRET
  SWISSCOM_SIGN_CREDENTIALS   path of a JSON file { "clientId": …, "clientSecret": … }

Exit codes: 0 success; 1 failure; 2 usage error.`;

const COMMANDS = { doctor: [doctor, DOCTOR], send: [send, SEND] };

/** Prints an error without its stack. */
function printError(error) {
  console.error(`error: ${error.message}`);
  for (const { path, message } of error.problems ?? []) console.error(`  ${path}: ${message}`);
  if (error.upstream?.name) console.error(`  error name of the platform: ${error.upstream.name}`);
  if (error.errorId) console.error(`  error ID of the platform: ${error.errorId}`);
  if (error.processId) console.error(`  process: ${error.processId}`);
  if (error.cause?.code) console.error(`  cause: ${error.cause.code}`);
}

async function main([name, ...args]) {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    console.log(HELP);
    return name === undefined ? 2 : 0;
  }
  if (name === "--version") {
    const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8");
    console.log(JSON.parse(manifest).version);
    return 0;
  }
  const [run, help] = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : [];
  if (run === undefined) {
    const what = name.startsWith("-") ? "option" : "command";
    throw new UsageError(`unknown ${what} \`${name}\``);
  }
  if (args.includes("--help") || args.includes("-h")) {
    console.log(help);
    return 0;
  }
  return run(args);
}

/** The line for a wrong argument or setting; `undefined` for other errors. */
function usageLine({ message, code, constructor }) {
  // The further sentences explain how to pass values that begin with a dash.
  if (String(code).startsWith("ERR_PARSE_ARGS")) return message.split(". ")[0];
  return constructor === UsageError || code === "invalid_argument" ? message : undefined;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const line = usageLine(error);
  if (line === undefined) printError(error);
  else console.error(`error: ${line}; see swisscom-sign --help`);
  process.exitCode = line === undefined ? 1 : 2;
}
