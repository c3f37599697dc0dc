// The sandbox that the suites run against, and what they share: one suite, two hosts.

import { after } from "node:test";

import { accessToken } from "../support/sandbox.mjs";

/** The sandbox of this run, once it is `started`. */
export let sandbox;

/** What the `before` of a suite awaits. */
export let started;

/** Has every suite that is imported after this run against that sandbox. */
export function use(start) {
  started = start().then((made) => {
    sandbox = made;
  });
  after(() => sandbox?.free());
}

/** What `createClient` takes. */
export function connection() {
  const { environment, credentials, fetch } = sandbox;
  return { environment, credentials, fetch };
}

/** Calls the API as a client of every scope: `(method, path, body)` below `/system/api/process`. */
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

/** A process of these signers, as `create` takes it. */
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
