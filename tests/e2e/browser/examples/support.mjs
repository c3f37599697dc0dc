// Starts an example with sandbox, relay and page server, and performs the actions of its visitors.
//
// Traces, and screenshots of failures, are kept in target/e2e.

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";

import {
  BLOCKING,
  collectErrors,
  screenshot,
  violations,
} from "../../support/browser.mjs";
import { pdf } from "../../support/pdf.mjs";
import { RELAY, root, start } from "../../support/program.mjs";
import { startSandbox } from "../../support/sandbox.mjs";
import { freePort } from "../../support/server.mjs";

export const out = join(root, "target/e2e");
await mkdir(out, { recursive: true });

export const USER = {
  firstName: "Anna",
  lastName: "Muster",
  email: "anna@example.com",
};

/**
 * Starts the page of an example with relay and sandbox. The relay has a configuration file, so that
 * it restarts with the same keys.
 */
export async function startStage(example, sandboxOptions) {
  const folder = await mkdtemp(join(out, `${example}-`));
  const [sandbox, relayPort] = await Promise.all([
    startSandbox(sandboxOptions),
    freePort(),
  ]);
  const config = join(folder, "page.json");
  const relayUrl = `http://127.0.0.1:${relayPort}`;
  const userKey = randomBytes(32).toString("hex");
  const writeConfig = (token) =>
    writeFile(
      config,
      JSON.stringify({
        relay: relayUrl,
        platform: sandbox.url,
        userToken: token,
        user: USER,
      }),
    );
  await writeConfig(userToken(userKey));
  const page = await start(
    process.execPath,
    [
      join(root, "js-examples/web-shared/serve.mjs"),
      ...["--site", join(root, "target/sites", example)],
      ...["--config", config],
    ],
    { stderr: "inherit" },
  );
  const relayConfig = join(folder, "relay.toml");
  const list = (...items) => JSON.stringify(items);
  await writeFile(
    relayConfig,
    `[server]
listen = "127.0.0.1:${relayPort}"
admin_listen = "127.0.0.1:0"
public_hosts = ${list(`127.0.0.1:${relayPort}`)}
drain_timeout = "1s"
[upstream]
base_url = ${JSON.stringify(sandbox.apiUrl)}
allow_http_loopback = true
[oauth]
token_url = ${JSON.stringify(sandbox.tokenUrl)}
client_id = { env = "CLIENT_ID" }
client_secret = { env = "CLIENT_SECRET" }
[[auth.issuer]]
iss = "urn:examples"
aud = "relay"
hs256_secret = { env = "USER_KEY" }
clock_skew = "0s"
[cors]
allowed_origins = ${list(page.url)}
[policy]
allowed_return_origins = ${list(page.url)}
[owner]
keys = [{ kid = 1, secret = { env = "OWNER_KEY" } }]
`,
  );
  const secrets = {
    CLIENT_ID: sandbox.clientId,
    CLIENT_SECRET: sandbox.clientSecret,
    USER_KEY: userKey,
    OWNER_KEY: randomBytes(32).toString("hex"),
  };
  const log = openSync(join(folder, "relay.log"), "a");
  const startRelay = () =>
    start(RELAY, ["serve", "--config", relayConfig], {
      env: secrets,
      stderr: log,
    });
  let relay = await startRelay();
  return {
    sandbox,
    url: page.url,
    stopRelay: () => relay.end("SIGKILL"),
    async startRelay() {
      relay = await startRelay();
    },
    /** Gives the page a user token that expires in `seconds`. */
    logIn: (seconds) => writeConfig(userToken(userKey, seconds)),
    async end() {
      await Promise.all([page.end(), relay.end(), sandbox.end()]);
      closeSync(log);
    },
  };
}

function userToken(key, seconds = 3600) {
  const part = (value) =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: "urn:examples",
    aud: "relay",
    sub: "anna",
    email: USER.email,
    email_verified: true,
    // An expired session had a valid token before.
    iat: now - 600,
    exp: now + seconds,
  };
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}

/**
 * Runs `act` with a page in its own browser context, and keeps a trace under the name. Console
 * errors and warnings fail the test unless one of `expected` matches them.
 */
export async function visit(
  browser,
  name,
  act,
  { expected = [], ...options } = {},
) {
  const context = await browser.newContext({
    locale: "en-GB",
    viewport: { width: 1180, height: 900 },
    acceptDownloads: true,
    ...options,
  });
  await context.tracing.start({ screenshots: true, snapshots: true });
  context.setDefaultTimeout(15_000);
  const errors = collectErrors(context);
  try {
    const page = await context.newPage();
    await act(page, context);
    errors.check(...expected);
  } catch (error) {
    for (const [index, page] of context.pages().entries()) {
      await page
        .screenshot({ path: join(out, `${name}-failed-${index}.png`) })
        .catch(() => {});
    }
    throw error;
  } finally {
    await context.tracing.stop({ path: join(out, `${name}.zip`) });
    await context.close();
  }
}

/** Keeps a screenshot, and fails on a blocking violation that axe finds. */
export async function checkPage(page, name) {
  await screenshot(page, name);
  for (const frame of page.frames()) {
    if (!frame.url().startsWith("http")) continue;
    assert.deepEqual(
      await violations(frame, { impacts: BLOCKING, iframes: false }),
      [],
      `${name} (${frame.url()})`,
    );
  }
}

/** Chooses a document and waits for its preview. */
export async function chooseFile(
  page,
  { name = "Offer 2026.pdf", buffer = pdf({ pages: 2 }) } = {},
) {
  const file =
    typeof buffer === "string"
      ? buffer
      : { name, mimeType: "application/pdf", buffer };
  await page.locator("#file").setInputFiles(file);
  await page.getByRole("heading", { name: "Preview" }).waitFor();
}

/** Enters a signer. */
export async function enterSigner(
  page,
  number,
  { firstName, lastName, email },
) {
  const group = page.getByRole("group", { name: `Signer ${number}` });
  await group.getByLabel("First name").fill(firstName);
  await group.getByLabel("Last name").fill(lastName);
  await group.getByLabel("Email address").fill(email);
}

export const BEAT = {
  firstName: "Beat",
  lastName: "Müller",
  email: "beat@example.ch",
};

/** Fills in the form and continues to the platform's page. */
export async function upload(
  page,
  stage,
  { signer = BEAT, file, embedded = false } = {},
) {
  await page.goto(stage.url);
  await chooseFile(page, file);
  await enterSigner(page, 1, signer);
  if (embedded)
    await page.getByLabel("Prepare the document on this page").check();
  await page.getByRole("button", { name: "Upload and continue" }).click();
}

/** Enters the code that the sandbox sent. */
export async function enterCode(page, sandbox, query) {
  await page.getByRole("heading", { name: "Enter your access code" }).waitFor();
  const { code } = await sandbox.message({ type: "CODE", ...query });
  await page.getByLabel("Access code").fill(code);
  await page.getByRole("button", { name: "Continue" }).click();
}

/** The identifier of the process in a URL of the platform. */
export function processOf(url) {
  return /process\/([0-9a-f-]{36})/.exec(url)?.[1];
}

/** Enters the code on the setup page. Resolves to the identifier of the process. */
export async function setUp(page, sandbox, place = page) {
  await place
    .getByRole("heading", { name: "Enter your access code" })
    .waitFor();
  const id = page
    .frames()
    .map((frame) => processOf(frame.url()))
    .find((found) => found !== undefined);
  await enterCode(place, sandbox, { processId: id });
  await place
    .getByRole("heading", { name: "Prepare documents for signing" })
    .waitFor();
  return id;
}

/** Opens the invitation of a signer, enters the code and reads the document. */
export async function arrive(page, sandbox, id, email) {
  const invitation = await sandbox.message({
    type: "INVITE",
    processId: id,
    to: email,
  });
  await page.goto(invitation.links[0]);
  await enterCode(page, sandbox, { processId: id, to: email });
  await page.getByRole("button", { name: "Sign now" }).waitFor();
  const opens = page.context().waitForEvent("page");
  await page.getByRole("link", { name: /\.pdf/ }).click();
  const document = await opens;
  await document.waitForURL(/\/file\//);
  await document.close();
}
