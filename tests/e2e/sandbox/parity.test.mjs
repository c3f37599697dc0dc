// Both hosts with the same seed and clock return the same status, headers and body for every request,
// including a signed PDF.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { connectSandbox, createSandbox } from "swisscom-sign/sandbox";

import { smallPdf } from "../../../js-examples/node-invite-and-sign/pdf.mjs";
import { startSandbox } from "../support/sandbox.mjs";
import { apiOf, model } from "./host.mjs";

const SEED = 4711;
const AT = "2030-05-01T08:00:00Z";
/** Headers that the HTTP server adds. */
const HTTP_HEADERS = ["connection", "date", "keep-alive", "transfer-encoding"];

let program;
let hosts;
before(async () => {
  program = await startSandbox([
    ...["--rng-seed", String(SEED), "--clock", `frozen:${AT}`],
  ]);
  const inside = await createSandbox({
    url: program.url,
    rngSeed: SEED,
    clock: { mode: "frozen", at: new Date(AT) },
  });
  hosts = [inside, await connectSandbox(program)];
});
after(() => {
  program?.end();
  hosts?.[0].free();
});

/** Every request of a process, with its response. */
async function transcript(sandbox) {
  const lines = [];
  const record = async (request, response) => {
    const headers = [...response.headers].filter(
      ([name]) => !HTTP_HEADERS.includes(name),
    );
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString("latin1");
    lines.push({ request, status: response.status, headers, text });
    return text.startsWith("{") ? JSON.parse(text) : text;
  };
  const api = await apiOf(sandbox);
  const call = async (method, path, body) =>
    record(`${method} ${path}`, await api(method, path, body));
  const control = async (method, path, body) =>
    record(
      `${method} /_sandbox${path}`,
      await sandbox.fetch(`${sandbox.url}/_sandbox${path}`, {
        method,
        body: body && JSON.stringify(body),
      }),
    );
  const get = async (url) =>
    record(url, await sandbox.fetch(url, { redirect: "manual" }));

  const { id } = await call("POST", "", model("anna", "beat"));
  await call("POST", "", { initiator: 1 });
  await call("POST", `/${id}/attach`, {
    name: "Vertrag für Zoë.pdf",
    contentType: "application/pdf",
    content: Buffer.from(smallPdf("parity")).toString("base64"),
    signaturePositions: ["anna", "beat"].map((signer, index) => ({
      signer,
      pageNumber: 0,
      positionX: 60 + 200 * index,
      positionY: 600,
    })),
  });
  await call("POST", `/${id}/setup`, { language: "fr-CH" });
  const released = await call("POST", `/${id}/release`, {
    notification: { locale: "de-CH", reminder: { interval: "P7D" } },
    validUntil: "2030-05-20T08:00:00Z",
  });
  await call("POST", `/${id}/release`);
  for (const { url } of released.participants.filter(({ url }) => url))
    await get(url);
  await call("POST", `/${id}/open/anna`, { skipAuthorization: true });
  await control("POST", `/processes/${id}/participants/anna/sign`, {
    certificateName: "Zoë 王小明 محمد श्री ងខ្មែរ",
  });
  await control("POST", "/clock/advance", { by: "P8D" });
  await control("POST", `/processes/${id}/participants/beat/sign`);
  const details = await call("GET", `/${id}`);
  const [{ lastSignedFileId }] = details.fileReferences;
  await call("GET", `/${id}/file/${lastSignedFileId}`);
  const signed = await call("GET", `/${id}/file/${lastSignedFileId}/content`);
  assert.match(signed, /ETSI\.CAdES\.detached[^]*ETSI\.CAdES\.detached/);
  await call("GET", `/${id}/record`);
  await call("GET", "?size=5");
  await control("GET", "/outbox");
  await control("GET", "/outbox?to=nobody%40example.com");
  await control("GET", "/ca.pem");
  await control("GET", "/openapi.json");
  await control("POST", "/clock/advance", { by: "P31D" });
  await call("GET", `/${id}/file/${lastSignedFileId}/content`);
  await control("POST", "/seed", { name: "demo" });
  await call("GET", "?size=20&sort=createdDate,ASC");
  await get(`${sandbox.url}/cockpit/style.css`);
  await get(`${sandbox.url}/system/api-docs`);
  await control("GET", "/requests?operation=release");
  return lines;
}

test("program and in-process sandbox return identical responses", async () => {
  const [inside, program] = await Promise.all(hosts.map(transcript));
  assert.ok(inside.length >= 25, `${inside.length} answers`);
  for (const [index, answer] of inside.entries())
    assert.deepEqual(answer, program[index], answer.request);
  assert.equal(inside.length, program.length);
});
