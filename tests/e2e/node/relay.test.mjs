// The packed package through the relay to the sandbox: in Node, and in a page of another origin.
// Neither holds credentials of the platform.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { NotFoundError, createClient } from "swisscom-sign";

import { smallPdf } from "../../../js-examples/node-invite-and-sign/pdf.mjs";
import { collectErrors, startBrowser } from "../support/browser.mjs";
import { startRelay } from "../support/relay.mjs";
import { startSandbox } from "../support/sandbox.mjs";
import { serve } from "../support/server.mjs";

let sandbox;
let relay;
before(async () => {
  sandbox = await startSandbox();
  relay = await startRelay(sandbox);
});
after(() => Promise.all([relay?.end(), sandbox?.end()]));

const model = (name) => ({
  signatureLevel: "ADVANCED",
  initiator: { type: "NON_PERSON", name: "Portal" },
  invitees: {
    signers: [
      {
        type: "SIGNER",
        firstName: "Anna",
        lastName: "Muster",
        email: `${name}@example.com`,
        externalIdentifier: name,
      },
    ],
  },
});

const placed = (name) => ({
  name: "contract.pdf",
  externalIdentifier: "contract",
  signaturePositions: [
    { signer: name, pageNumber: 0, positionX: 50, positionY: 100 },
  ],
});

const client = (name) =>
  createClient({ relay: relay.url, userToken: () => relay.token(name) });

test("signs a PDF with a user token only, and hides the process from another user", async () => {
  const [{ name }, { name: other }] = relay.users;
  const sign = await client(name);
  const process = await sign.processes.create(model(name));
  await process.attach(smallPdf("through the relay"), placed(name));
  const setup = await process.setup({
    language: "de-CH",
    successUrl: "http://localhost:5173/done",
  });
  assert.match(setup.url, /^http/);
  const { participants } = await process.release();
  assert.ok(
    participants.some(({ url }) => url),
    "the URL of the caller is returned",
  );
  const opened = await process.open(name, { skipAuthorization: true });
  assert.match(opened.url, /^http/);
  await sandbox.act(`${process.id}/participants/${name}/sign`);
  const completed = await process.waitFor("COMPLETED", { minIntervalMs: 5 });
  assert.deepEqual(
    (completed.properties ?? []).map(({ key }) => key),
    ["swisscom-sign.correlation"],
    "the relay removes the owner tag",
  );
  const [{ lastSignedFileId }] = completed.fileReferences;
  const signed = await (await process.download(lastSignedFileId)).bytes();
  const text = Buffer.from(signed).toString("latin1");
  assert.ok(text.startsWith("%PDF-") && text.includes("ETSI.CAdES.detached"));
  assert.ok((await process.records()).length > 1);

  const stranger = await client(other);
  await assert.rejects(stranger.processes.get(process.id), NotFoundError);
  const theirs = stranger.processes.resume(JSON.stringify(process));
  await assert.rejects(theirs.download("contract"), NotFoundError);
});

test("transfers a file of 8 MB without a changed byte", async () => {
  const [{ name }] = relay.users;
  const pdf = Buffer.from(smallPdf("large"));
  const filler = Buffer.alloc(8_000_001, "x");
  const end = pdf.subarray(pdf.lastIndexOf("startxref"));
  const bytes = Buffer.concat([
    pdf,
    Buffer.from("%"),
    filler,
    Buffer.from("\n"),
    end,
  ]);
  const process = await (await client(name)).processes.create(model(name));
  await process.attach(new Blob([bytes]), placed(name));
  const back = await (await process.download("contract")).bytes();
  assert.ok(bytes.equals(back));
});

/** A server on another origin, with a page and the package. */
function startPage() {
  const entry = fileURLToPath(import.meta.resolve("swisscom-sign"));
  const types = { mjs: "text/javascript", wasm: "application/wasm" };
  const imports = { imports: { "swisscom-sign": `/${basename(entry)}` } };
  const page = `<!doctype html><title>Page</title>
    <script type="importmap">${JSON.stringify(imports)}</script>`;
  return serve(async ({ url }, response) => {
    const extension = url.split(".").at(-1);
    const type = types[extension] ?? "text/html";
    response.setHeader("content-type", type);
    try {
      const file = join(dirname(entry), basename(url));
      response.end(types[extension] ? await readFile(file) : page);
    } catch {
      response.writeHead(404).end();
    }
  });
}

test("a page of another origin signs through the relay without platform credentials", async () => {
  const [{ name, token }] = relay.users;
  const application = await startPage();
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    const errors = collectErrors(page.context());
    const requests = [];
    page.on("request", (request) => requests.push(request));
    await page.goto(application.url);
    const id = await page.evaluate(
      async ({ url, token, model, pdf, placed }) => {
        const { createClient } = await import("swisscom-sign");
        globalThis.sign = await createClient({
          relay: url,
          userToken: async () => token,
        });
        const process = await globalThis.sign.processes.create(model);
        const bytes = Uint8Array.from(atob(pdf), (letter) =>
          letter.charCodeAt(0),
        );
        await process.attach(new Blob([bytes]), placed);
        await process.release();
        return process.id;
      },
      {
        url: relay.url,
        token,
        model: model(name),
        pdf: Buffer.from(smallPdf("from a page")).toString("base64"),
        placed: placed(name),
      },
    );
    await sandbox.act(`${id}/participants/${name}/sign`);
    const signed = await page.evaluate(async (id) => {
      const process = await globalThis.sign.processes.get(id);
      const { fileReferences } = await process.waitFor("COMPLETED");
      const file = await process.download(fileReferences[0].lastSignedFileId);
      const bytes = await file.bytes();
      return {
        name: file.filename,
        start: String.fromCharCode(...bytes.slice(0, 5)),
      };
    }, id);
    assert.equal(signed.start, "%PDF-");
    // A page can read the header with the name only if CORS exposes it.
    assert.match(signed.name, /\.pdf$/);
    const hosts = new Set(
      requests.map((request) => new URL(request.url()).origin),
    );
    assert.deepEqual(
      [...hosts].sort(),
      [application.url, relay.url].sort(),
      "the page sends requests to its own server and the relay only",
    );
    for (const request of requests) {
      const { authorization } = await request.allHeaders();
      assert.ok(!authorization || authorization === `Bearer ${token}`);
    }
    errors.check();
  } finally {
    await browser.close();
    await application.end();
  }
});
