// Environment and credentials of the commands.

import { readFile, stat } from "node:fs/promises";

/** Invalid arguments or environment variables. */
export class UsageError extends Error {}

/** Options of every command, for `parseArgs`. */
export const COMMON = {
  environment: { type: "string" },
  json: { type: "boolean", default: false },
};

export const COMMON_HELP = `  --environment NAME   test (default), production or sandbox
  --json               print the result as JSON

Environment:
  SWISSCOM_SIGN_CLIENT_ID, SWISSCOM_SIGN_CLIENT_SECRET   credentials
  SWISSCOM_SIGN_CREDENTIALS                              path of a JSON file with clientId and clientSecret
  SWISSCOM_SIGN_API_URL, SWISSCOM_SIGN_TOKEN_URL         URLs instead of --environment`;

const ENVIRONMENTS = ["test", "production", "sandbox"];

/** The environment: a name or both URLs. */
export function environment(values) {
  const { SWISSCOM_SIGN_API_URL: apiUrl, SWISSCOM_SIGN_TOKEN_URL: tokenUrl } = process.env;
  if (values.environment !== undefined) {
    if (ENVIRONMENTS.includes(values.environment)) return values.environment;
    const known = ENVIRONMENTS.join(", ");
    throw new UsageError(`unknown --environment \`${values.environment}\`: expected ${known}`);
  }
  if (!apiUrl && !tokenUrl) return "test";
  if (!apiUrl || !tokenUrl) {
    throw new UsageError(
      "incomplete URLs: set both SWISSCOM_SIGN_API_URL and SWISSCOM_SIGN_TOKEN_URL, or neither",
    );
  }
  return { apiUrl, tokenUrl };
}

/** The credentials with their source, and a warning if the file is readable by others. */
export async function credentials() {
  const path = process.env.SWISSCOM_SIGN_CREDENTIALS;
  const clientId = process.env.SWISSCOM_SIGN_CLIENT_ID;
  const clientSecret = process.env.SWISSCOM_SIGN_CLIENT_SECRET;
  if (clientId && clientSecret) return { clientId, clientSecret, source: "the environment" };
  if (!path) {
    throw new UsageError(
      "missing credentials: set SWISSCOM_SIGN_CLIENT_ID and SWISSCOM_SIGN_CLIENT_SECRET, or " +
        "SWISSCOM_SIGN_CREDENTIALS",
    );
  }
  let found;
  try {
    found = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    // Not `cause.message`: a JSON syntax error quotes the file.
    const why = cause.code ?? "not JSON";
    throw new UsageError(`cannot read credentials from \`${path}\`: ${why}`);
  }
  if (typeof found?.clientId !== "string" || typeof found?.clientSecret !== "string") {
    throw new UsageError(
      `invalid credentials in \`${path}\`: "clientId" and "clientSecret" must be strings`,
    );
  }
  const open = process.platform !== "win32" && ((await stat(path)).mode & 0o077) !== 0;
  const warning = open ? `other users can read ${path}: run chmod 600 ${path}` : undefined;
  return { clientId: found.clientId, clientSecret: found.clientSecret, source: path, warning };
}
