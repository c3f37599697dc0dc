// The command line, and the checks that need no network: a wrong file is said at once.

import { open } from "node:fs/promises";
import { parseArgs } from "node:util";

import { MAX_FILE_BYTES } from "swisscom-sign";

export const HELP = `Usage: node main.mjs [--pdf FILE] [--signers N] [--level LEVEL] [--out FOLDER]

  --pdf FILE      the document to sign; one of its own making when absent
  --signers N     how many people sign, 1 to 20 (2)
  --level LEVEL   SIMPLE, ADVANCED, ADVANCED_EU, QUALIFIED or QUALIFIED_EU (ADVANCED)
  --out FOLDER    where signed.pdf, process.json and records.json go (./signed)

Environment:
  SWISSCOM_SIGN_CLIENT_ID, SWISSCOM_SIGN_CLIENT_SECRET   credentials
  SWISSCOM_SIGN_API_URL, SWISSCOM_SIGN_TOKEN_URL         another place than the test environment
  SWISSCOM_SIGN_SANDBOX_URL                              a sandbox, in which it also signs`;

/** The options, or "help". Rejects with a sentence for what cannot be used. */
export async function readArguments(args) {
  const { values } = parseArgs({
    args,
    options: {
      pdf: { type: "string" },
      signers: { type: "string", default: "2" },
      level: { type: "string", default: "ADVANCED" },
      out: { type: "string", default: "signed" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const signers = Number(values.signers);
  if (!Number.isInteger(signers) || signers < 1 || signers > 20) {
    throw new Error("--signers must be a number from 1 to 20");
  }
  if (values.pdf !== undefined) await checkFile(values.pdf);
  return { ...values, signers };
}

async function checkFile(path) {
  const file = await open(path).catch((cause) => {
    if (cause.code === "ENOENT") throw new Error(`there is no file ${path}`);
    throw new Error(`${path} cannot be read: ${cause.message}`);
  });
  try {
    const info = await file.stat();
    if (!info.isFile()) throw new Error(`${path} is not a file`);
    if (info.size === 0) throw new Error(`${path} is empty`);
    if (info.size > MAX_FILE_BYTES) {
      throw new Error(
        `${path} has ${info.size} bytes; at most ${MAX_FILE_BYTES} can be attached`,
      );
    }
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer.toString("latin1") !== "%PDF")
      throw new Error(`${path} is no PDF`);
  } finally {
    await file.close();
  }
}
