// Where the platform is. Credentials never cross from one host to another: every URL of a client
// is fixed when it is made, and no redirect is followed.

import { SecretInBrowserError, SignError } from "./errors.js";

/** Base URL of the API and the token endpoint that belongs to it. */
export interface Endpoints {
  /** Base URL, such as `https://sign.swisscom.ch/system`. */
  apiUrl: string;
  /** Token endpoint (OAuth 2.0 client credentials). */
  tokenUrl: string;
}

/** A known environment: the platform, its test system, or this project's sandbox on its usual port. */
export type EnvironmentName = "production" | "test" | "sandbox";

const TOKEN_PATH = "/realms/swisscom-public/protocol/openid-connect/token";

const HOSTS: Record<EnvironmentName, string> = {
  production: "https://sign.swisscom.ch",
  test: "https://test.sign.swisscom.ch",
  sandbox: "http://127.0.0.1:8480",
};

/** The URLs of an environment. */
export function endpoints(environment: EnvironmentName | Partial<Endpoints>): Partial<Endpoints> {
  if (typeof environment === "object" && environment !== null) {
    const { apiUrl, tokenUrl } = environment;
    return {
      apiUrl: checked("apiUrl", apiUrl),
      tokenUrl: tokenUrl && checked("tokenUrl", tokenUrl),
    };
  }
  const host = Object.hasOwn(HOSTS, environment) ? HOSTS[environment] : undefined;
  if (host === undefined) {
    const known = Object.keys(HOSTS).join('", "');
    throw invalid(`environment must be "${known}" or { apiUrl, tokenUrl }`);
  }
  return { apiUrl: `${host}/system`, tokenUrl: host + TOKEN_PATH };
}

/** A URL to which a token or a secret can be sent, without a slash at its end. */
export function checked(name: string, value: unknown): string {
  let url: URL;
  try {
    url = new URL(String(value));
  } catch {
    throw invalid(`${name} must be an absolute URL`);
  }
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback)) {
    throw invalid(`${name} must begin with https:, as tokens are sent there`);
  }
  if (url.username || url.password || url.search || url.hash) {
    throw invalid(`${name} must be without a user, a query and a fragment`);
  }
  return url.href.replace(/\/+$/, "");
}

/** Refuses a secret in a page, where every visitor can read it. */
export function guardSecret(allowed: boolean | undefined): void {
  if (allowed || !isBrowser()) return;
  throw new SecretInBrowserError(
    "a client secret in a page can be read by every visitor: use the relay " +
      "(`relay`, `userToken`), or set `dangerouslyAllowBrowser`",
  );
}

function isBrowser(): boolean {
  const scope = globalThis as { window?: { document?: unknown }; importScripts?: unknown };
  const agent = globalThis.navigator?.userAgent ?? "";
  const page = typeof scope.window === "object" && typeof scope.window.document === "object";
  const worker = typeof scope.importScripts === "function" && agent.startsWith("Mozilla/");
  return page || worker;
}

export function invalid(message: string): SignError {
  return new SignError(message, { code: "invalid_argument" });
}
