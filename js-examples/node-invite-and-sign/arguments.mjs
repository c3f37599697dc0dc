// Command line, and the checks that need no network.

import { open } from "node:fs/promises";
import { parseArgs } from "node:util";

import { MAX_FILE_BYTES } from "swisscom-sign";

export const HELP = `Usage: node main.mjs [--pdf FILE] [--signers N] [--level LEVEL] [--out FOLDER]

  --pdf FILE      the document to sign (default: a generated one)
  --signers N     number of signers, 1 to 20 (default 2)
  --level LEVEL   SIMPLE, ADVANCED, ADVANCED_EU, QUALIFIED or QUALIFIED_EU (default ADVANCED)
  --out FOLDER    folder for signed.pdf, process.json and records.json (default ./signed)

Environment:
  SWISSCOM_SIGN_CLIENT_ID, SWISSCOM_SIGN_CLIENT_SECRET   credentials
  SWISSCOM_SIGN_API_URL, SWISSCOM_SIGN_TOKEN_URL         URLs instead of the test environment
  SWISSCOM_SIGN_SANDBOX_URL                              a sandbox, where the example also signs`;

/** The options, or "help". Rejects invalid ones. */
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
    throw new Error(
      `invalid --signers \`${values.signers}\`: expected a number from 1 to 20`,
    );
  }
  if (values.pdf !== undefined) await checkFile(values.pdf);
  return { ...values, signers };
}

async function checkFile(path) {
  const file = await open(path).catch((cause) => {
    if (cause.code === "ENOENT") throw new Error(`file not found: \`${path}\``);
    throw new Error(`cannot read file \`${path}\`: ${cause.message}`);
  });
  try {
    const info = await file.stat();
    if (!info.isFile()) throw new Error(`not a file: \`${path}\``);
    if (info.size === 0) throw new Error(`empty file: \`${path}\``);
    if (info.size > MAX_FILE_BYTES) {
      throw new Error(
        `file too large: \`${path}\` has ${info.size} bytes, maximum ${MAX_FILE_BYTES}`,
      );
    }
    const { buffer } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
    if (!buffer.includes("%PDF-"))
      throw new Error(
        `not a PDF: \`%PDF-\` is missing in the first 1024 bytes of \`${path}\``,
      );
  } finally {
    await file.close();
  }
}
