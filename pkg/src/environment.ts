// Environments and their URLs. Credentials never cross from one host to another: the URLs of a
// client are fixed when it is created, and redirects are not followed.

import { SecretInBrowserError, SignError } from "./errors.js";

/** Base URL of the API and the token endpoint that belongs to it. */
export interface Endpoints {
  /** Base URL, such as `https://sign.swisscom.ch/system`. */
  apiUrl: string;
  /** Token endpoint (OAuth 2.0 client credentials). */
  tokenUrl: string;
}

/** A known environment: the platform, its test system, or a local sandbox on its default port. */
export type EnvironmentName = "production" | "test" | "sandbox";

const TOKEN_PATH = "/realms/swisscom-public/protocol/openid-connect/token";

const HOSTS: Record<EnvironmentName, string> = {
  production: "https://sign.swisscom.ch",
  test: "https://test.sign.swisscom.ch",
  sandbox: "http://127.0.0.1:8480",
};

/** The URLs of an environment. */
export function resolveEndpoints(
  environment: EnvironmentName | Partial<Endpoints>,
): Partial<Endpoints> {
  if (typeof environment === "object" && environment !== null) {
    const { apiUrl, tokenUrl } = environment;
    return {
      apiUrl: parseUrl("apiUrl", apiUrl),
      tokenUrl: tokenUrl && parseUrl("tokenUrl", tokenUrl),
    };
  }
  const host = Object.hasOwn(HOSTS, environment) ? HOSTS[environment] : undefined;
  if (host === undefined) {
    const known = Object.keys(HOSTS).join('", "');
    throw configurationError(`unknown environment: expected "${known}" or { apiUrl, tokenUrl }`);
  }
  return { apiUrl: `${host}/system`, tokenUrl: host + TOKEN_PATH };
}

/** Parses a URL to which tokens and secrets may be sent, and removes trailing slashes. */
export function parseUrl(name: string, value: unknown): string {
  let url: URL;
  try {
    url = new URL(String(value));
  } catch {
    throw configurationError(`invalid \`${name}\`: expected an absolute URL`);
  }
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback)) {
    throw configurationError(`insecure \`${name}\`: use https, because tokens are sent there`);
  }
  if (url.username || url.password || url.search || url.hash) {
    throw configurationError(
      `invalid \`${name}\`: the URL must not contain credentials, a query or a fragment`,
    );
  }
  return url.href.replace(/\/+$/, "");
}

export function assertNotBrowser(allowed: boolean | undefined): void {
  if (allowed || !isBrowser()) return;
  throw new SecretInBrowserError(
    "client secret in a web page: every visitor can read it. Use the relay (`relay`, `userToken`), " +
      "or set `dangerouslyAllowBrowser`",
  );
}

function isBrowser(): boolean {
  const scope = globalThis as { window?: { document?: unknown }; importScripts?: unknown };
  const agent = globalThis.navigator?.userAgent ?? "";
  const page = typeof scope.window === "object" && typeof scope.window.document === "object";
  const worker = typeof scope.importScripts === "function" && agent.startsWith("Mozilla/");
  return page || worker;
}

export function configurationError(message: string): SignError {
  return new SignError(message, { code: "invalid_argument" });
}
