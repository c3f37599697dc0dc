// What the walks share: sandbox, relay and page as programs, a browser, and what a person does.
//
//   SWISSCOM_SIGN_SANDBOX_BIN, SWISSCOM_SIGN_RELAY_BIN   the programs
//   CHROME                                               the browser; /usr/bin/chromium unless set
//
// Pictures and traces go to target/walks.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { startBrowser, startSandbox } from "../e2e-pages/sandbox.mjs";

export { startBrowser, startSandbox };

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const out = join(root, "target/walks");
await mkdir(out, { recursive: true });

const axe = await readFile(
  new URL("node_modules/axe-core/axe.min.js", import.meta.url),
  "utf8",
);

/** Starts a program that says in one line of JSON that it is ready. */
export async function start(program, args, env = {}, log = "inherit") {
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", log],
    env: { ...process.env, ...env },
  });
  const line = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`${program} ended with ${code}`)),
    );
    createInterface({ input: child.stdout }).once("line", resolve);
  });
  const end = (signal = "SIGTERM") =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null)
        return void resolve();
      child.once("exit", resolve);
      child.kill(signal);
    });
  return { ...JSON.parse(line), end };
}

/** A port that was free a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export const USER = {
  firstName: "Anna",
  lastName: "Muster",
  email: "anna@example.com",
};

/**
 * The page of an example with relay and sandbox behind it. The relay has a configuration of its
 * own, so that it can be stopped and started again with the same keys.
 */
export async function startStage(example, sandboxOptions) {
  const folder = join(out, `${example}-${process.pid}`);
  await mkdir(folder, { recursive: true });
  const [sandbox, relayPort] = await Promise.all([
    startSandbox(sandboxOptions),
    freePort(),
  ]);
  const config = join(folder, "page.json");
  const relayUrl = `http://127.0.0.1:${relayPort}`;
  const userKey = randomBytes(32).toString("hex");
  const tell = (token) =>
    writeFile(
      config,
      JSON.stringify({
        relay: relayUrl,
        platform: sandbox.url,
        userToken: token,
        user: USER,
      }),
    );
  await tell(userToken(userKey));
  const page = await start(process.execPath, [
    join(root, "js-examples/web-shared/serve.mjs"),
    "--site",
    join(root, "target/sites", example),
    "--config",
    config,
  ]);
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
iss = "urn:walks"
aud = "relay"
hs256_secret = { env = "USER_KEY" }
leeway_s = 0
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
    start(
      process.env.SWISSCOM_SIGN_RELAY_BIN,
      ["serve", "--config", relayConfig],
      secrets,
      log,
    );
  let relay = await startRelay();
  return {
    sandbox,
    url: page.url,
    stopRelay: () => relay.end("SIGKILL"),
    async startRelay() {
      relay = await startRelay();
    },
    /** What the page is told from now on: a token of so many seconds. */
    logIn: (seconds) => tell(userToken(userKey, seconds)),
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
    iss: "urn:walks",
    aud: "relay",
    sub: "anna",
    email: USER.email,
    email_verified: true,
    // A token that was never valid is no session that ended.
    iat: now - 600,
    exp: now + seconds,
  };
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}

/**
 * A person with a browser of their own. `act` is given its page; pictures and a trace are kept
 * under the name. Whatever the page's console complains of is an error, except what `expected`
 * allows.
 */
export async function visit(
  browser,
  name,
  act,
  { expected = /^$/, ...options } = {},
) {
  const context = await browser.newContext({
    locale: "en-GB",
    viewport: { width: 1180, height: 900 },
    acceptDownloads: true,
    ...options,
  });
  await context.tracing.start({ screenshots: true, snapshots: true });
  const said = [];
  const listen = (page) => {
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => said.push(String(error)));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()))
        said.push(message.text());
    });
  };
  context.on("page", listen);
  try {
    const page = await context.newPage();
    await act(page, context);
    const bad = said.filter(
      (text) => !expected.test(text) && !text.includes("favicon"),
    );
    assert.deepEqual(bad, [], "the console is quiet");
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

/** Keeps a picture, and has axe look for what keeps people out. */
export async function look(page, name) {
  await page.screenshot({ path: join(out, `${name}.png`), fullPage: true });
  for (const frame of page.frames()) {
    if (!frame.url().startsWith("http")) continue;
    await frame.evaluate(axe);
    const { violations } = await frame.evaluate(() =>
      globalThis.axe.run({ iframes: false }),
    );
    const bad = violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
      );
    assert.deepEqual(bad, [], `${name} (${frame.url()})`);
  }
}

/** A PDF of A4 pages; of about so many bytes, by a stream that nothing refers to. */
export function pdf({ pages = 2, bytes = 0 } = {}) {
  const kids = Array.from(
    { length: pages },
    (_, index) => `${4 + 2 * index} 0 R`,
  );
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Kids [${kids.join(" ")}] /Count ${pages} >>`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  for (let page = 0; page < pages; page += 1) {
    const text = `BT /F1 24 Tf 72 760 Td (Offer 2026, page ${page + 1}) Tj ET`;
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${5 + 2 * page} 0 R ` +
        "/Resources << /Font << /F1 3 0 R >> >> >>",
      `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    );
  }
  const parts = [Buffer.from("%PDF-1.4\n")];
  const offsets = [];
  let length = parts[0].length;
  const add = (part) => {
    parts.push(part);
    length += part.length;
  };
  for (const [index, object] of objects.entries()) {
    offsets.push(length);
    add(Buffer.from(`${index + 1} 0 obj\n${object}\nendobj\n`));
  }
  if (bytes > 0) {
    offsets.push(length);
    add(
      Buffer.from(
        `${objects.length + 1} 0 obj\n<< /Length ${bytes} >>\nstream\n`,
      ),
    );
    add(randomBytes(bytes));
    add(Buffer.from("\nendstream\nendobj\n"));
  }
  const size = offsets.length + 1;
  const line = (offset) => `${String(offset).padStart(10, "0")} 00000 n \n`;
  const xref = length;
  add(
    Buffer.from(
      `xref\n0 ${size}\n0000000000 65535 f \n${offsets.map(line).join("")}`,
    ),
  );
  add(
    Buffer.from(
      `trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}

/** Chooses a document and waits for its preview. */
export async function chooseFile(
  page,
  { name = "Offer 2026.pdf", buffer = pdf() } = {},
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

/** From the empty form to the platform's page. */
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

/** Enters the code that was sent for this process, as the person would read it. */
export async function enterCode(page, sandbox, query) {
  await page.getByRole("heading", { name: "Enter your access code" }).waitFor();
  const { code } = await sandbox.message({ type: "CODE", ...query });
  await page.getByLabel("Access code").fill(code);
  await page.getByRole("button", { name: "Continue" }).click();
}

/** The process that the platform's page is about. */
export function processOf(url) {
  return /process\/([0-9a-f-]{36})/.exec(url)?.[1];
}

/** On the platform's setup page: the code, then send. Resolves to the process. */
export async function setUp(page, sandbox, place = page) {
  await place
    .getByRole("heading", { name: "Enter your access code" })
    .waitFor();
  const id = page
    .frames()
    .map((frame) => processOf(frame.url()))
    .find((found) => found !== undefined);
  await enterCode(place, sandbox, { processId: id });
  await place.getByRole("heading", { name: "Prepare for signing" }).waitFor();
  return id;
}

/** A signer opens the invitation and enters the code. */
export async function arrive(page, sandbox, id, email) {
  const invitation = await sandbox.message({
    type: "INVITE",
    processId: id,
    to: email,
  });
  await page.goto(invitation.links[0]);
  await enterCode(page, sandbox, { processId: id, to: email });
  await page.getByRole("button", { name: "Sign now" }).waitFor();
}
