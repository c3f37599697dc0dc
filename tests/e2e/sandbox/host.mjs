// The sandbox that the suite runs against, and helpers of the suite.

import { after } from "node:test";

import { accessToken } from "../support/sandbox.mjs";

/** The sandbox of this run, after `started`. */
export let sandbox;

/** Resolves when the sandbox is running. */
export let started;

/** Sets the sandbox of the suites that are imported afterwards. */
export function use(start) {
  started = start().then((made) => {
    sandbox = made;
  });
  after(() => sandbox?.free());
}

/** Options of `createClient`. */
export function connection() {
  const { environment, credentials, fetch } = sandbox;
  return { environment, credentials, fetch };
}

/** A client of every scope: `(method, path, body)` below `/system/api/process`. */
export async function apiOf(host = sandbox) {
  const token = await accessToken(
    host,
    "sswp:process:create sswp:process:read sswp:process:read:all",
  );
  return (method, path, body, headers = {}) =>
    host.fetch(`${host.url}/system/api/process${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      body:
        body === undefined || typeof body === "string"
          ? body
          : JSON.stringify(body),
    });
}

/** The request of `create` with these signers. */
export const model = (...signers) => ({
  signatureLevel: "ADVANCED",
  initiator: { type: "NON_PERSON", name: "Suite" },
  invitees: {
    signers: signers.map((reference) => ({
      type: "SIGNER",
      externalIdentifier: reference,
      firstName: "John",
      lastName: "Doe",
      email: `${reference}@example.com`,
    })),
  },
});
