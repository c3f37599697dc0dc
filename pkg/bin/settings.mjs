// Where the commands find the platform and the credentials.

import { readFile, stat } from "node:fs/promises";

/** Something on the command line, or in the environment, that cannot be used. */
export class UsageError extends Error {}

/** Options that every command has, for `parseArgs`. */
export const COMMON = {
  environment: { type: "string" },
  json: { type: "boolean", default: false },
};

export const COMMON_HELP = `  --environment NAME   test (the default), production or sandbox
  --json               the result as JSON on standard output

Environment:
  SWISSCOM_SIGN_CLIENT_ID, SWISSCOM_SIGN_CLIENT_SECRET   credentials
  SWISSCOM_SIGN_CREDENTIALS                              a JSON file with clientId and clientSecret
  SWISSCOM_SIGN_API_URL, SWISSCOM_SIGN_TOKEN_URL         another place than an environment`;

/** The environment: a name, or both URLs. */
export function environment(values) {
  const { SWISSCOM_SIGN_API_URL: apiUrl, SWISSCOM_SIGN_TOKEN_URL: tokenUrl } = process.env;
  if (values.environment !== undefined) return values.environment;
  if (!apiUrl && !tokenUrl) return "test";
  if (!apiUrl || !tokenUrl) {
    throw new UsageError("set both SWISSCOM_SIGN_API_URL and SWISSCOM_SIGN_TOKEN_URL, or neither");
  }
  return { apiUrl, tokenUrl };
}

/** The credentials, where they come from, and what is to be said about that. */
export async function credentials() {
  const path = process.env.SWISSCOM_SIGN_CREDENTIALS;
  const clientId = process.env.SWISSCOM_SIGN_CLIENT_ID;
  const clientSecret = process.env.SWISSCOM_SIGN_CLIENT_SECRET;
  if (clientId && clientSecret) return { clientId, clientSecret, source: "the environment" };
  if (!path) {
    throw new UsageError(
      "set SWISSCOM_SIGN_CLIENT_ID and SWISSCOM_SIGN_CLIENT_SECRET, or SWISSCOM_SIGN_CREDENTIALS",
    );
  }
  let found;
  try {
    found = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    // The text of a syntax error quotes the file.
    const why = cause.code ?? "it is no JSON";
    throw new UsageError(`the credentials in ${path} cannot be read: ${why}`);
  }
  if (typeof found?.clientId !== "string" || typeof found?.clientSecret !== "string") {
    throw new UsageError(`${path} must hold "clientId" and "clientSecret"`);
  }
  const open = process.platform !== "win32" && ((await stat(path)).mode & 0o077) !== 0;
  const warning = open ? `${path} can be read by other users: chmod 600 ${path}` : undefined;
  return { clientId: found.clientId, clientSecret: found.clientSecret, source: path, warning };
}
