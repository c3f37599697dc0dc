// What the walks through the pages share: the sandbox program, its API, and a browser.
//
//   SWISSCOM_SIGN_SANDBOX_BIN   the program
//   CHROME                      the browser; /usr/bin/chromium unless set
//   SCREENSHOTS                 where pictures go; target/screenshots unless set

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

// The tools of JavaScript are installed for the package alone.
const require = createRequire(join(root, "pkg/package.json"));
const { chromium } = require("playwright-core");

/** Starts the sandbox on a free port. `options` are added to its command line. */
export async function startSandbox(options = []) {
  const program = process.env.SWISSCOM_SIGN_SANDBOX_BIN;
  if (!program)
    throw new Error(
      "set SWISSCOM_SIGN_SANDBOX_BIN to the swisscom-sign-sandbox program",
    );
  const child = spawn(
    program,
    ["serve", "--listen", "127.0.0.1:0", "--quiet", ...options],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const line = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`the sandbox ended with ${code}`)),
    );
    createInterface({ input: child.stdout }).once("line", resolve);
  });
  const ready = JSON.parse(line);
  const answer = await fetch(ready.tokenUrl, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: ready.clientId,
      client_secret: ready.clientSecret,
      scope: "sswp:process:read:all",
    }),
  });
  const token = (await answer.json()).access_token;
  const call = async (method, url, body) => {
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { "content-type": "application/json" }),
      },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`${method} ${url}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  return {
    ...ready,
    /** Calls the API: `api("POST", "/ID/open/anna", {…})`. */
    api: (method, path, body) =>
      call(method, `${ready.apiUrl}/api/process${path}`, body),
    /** Calls the control. */
    control: (method, path, body) =>
      call(method, `${ready.url}/_sandbox${path}`, body),
    /** The message that a query of the outbox finds, at the latest after five seconds. */
    async message(query) {
      const { messages } = await call(
        "GET",
        `${ready.url}/_sandbox/outbox?wait=5s&${new URLSearchParams(query)}`,
      );
      if (messages.length === 0)
        throw new Error(`no message for ${JSON.stringify(query)}`);
      return messages.at(-1);
    },
    /** A process with one document, on which each signer is placed; its identifier. */
    async process(process, signers) {
      const { id } = await this.api("POST", "", process);
      await this.api("POST", `/${id}/attach`, {
        name: "Offer 2026.pdf",
        contentType: "application/pdf",
        content: pdf().toString("base64"),
        signaturePositions: signers.map((signer, index) => ({
          signer,
          pageNumber: 0,
          positionX: 72 + 200 * index,
          positionY: 640,
        })),
      });
      return id;
    },
    end: () =>
      new Promise((resolve) => {
        child.once("exit", resolve);
        child.kill("SIGTERM");
      }),
  };
}

/** A PDF of one page, A4. */
export function pdf() {
  const text = "BT /F1 24 Tf 72 760 Td (Offer 2026) Tj ET";
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R" +
      " /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let file = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = file.length;
  const line = (offset) => `${String(offset).padStart(10, "0")} 00000 n \n`;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  file += offsets.map(line).join("");
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(file, "latin1");
}

/** A browser. */
export const startBrowser = () =>
  chromium.launch({
    executablePath: process.env.CHROME ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

// The walks bring the program that finds what keeps people out.
const axe = await readFile(
  createRequire(join(root, "tests/walks/package.json")).resolve(
    "axe-core/axe.min.js",
  ),
  "utf8",
);

/** Keeps a picture of a page, and has axe find nothing on it, be it a matter of best practice. */
export async function picture(page, name) {
  const folder = process.env.SCREENSHOTS ?? join(root, "target", "screenshots");
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  // The pages are walked through without scripts, which axe is: it sees a copy.
  const copy = await page.context().browser().newPage();
  try {
    for (const frame of page.frames()) {
      const { origin, pathname } = new URL(frame.url());
      if (!/^\/(cockpit\/|_sandbox|$)/.test(pathname)) continue;
      const html = await frame.content();
      await copy.setContent(
        html.replace("<head>", `<head><base href="${origin}">`),
      );
      await copy.evaluate(axe);
      const { violations } = await copy.evaluate(() => globalThis.axe.run());
      const found = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
      );
      assert.deepEqual(found, [], `${name} (${frame.url()})`);
    }
  } finally {
    await copy.close();
  }
}

/** An application to return to, that answers every path with `html`. */
export async function startApplication(html = () => "<h1>Application</h1>") {
  const visits = [];
  const server = createServer((request, response) => {
    visits.push(request.url);
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(html(request.url, response));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    url: `http://127.0.0.1:${server.address().port}`,
    visits,
    end: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}

/** Presses Tab until this element has the focus. */
export async function tabTo(page, locator, limit = 80) {
  for (let press = 0; press < limit; press += 1) {
    await page.keyboard.press("Tab");
    if (await locator.evaluate((node) => node === document.activeElement))
      return;
  }
  throw new Error(`the keyboard does not reach ${locator}`);
}
