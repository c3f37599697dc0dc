// Memory of a page that previews and uploads the largest file, and the end of a cancelled upload.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { startBrowser } from "../../support/browser.mjs";
import { pdf } from "../../support/pdf.mjs";
import {
  BEAT,
  chooseFile,
  enterSigner,
  out,
  setUp,
  startStage,
  visit,
} from "./support.mjs";

/** 40 MiB less one byte: `MAX_FILE_BYTES` of the package. */
const MOST = 41_943_039;
const MEGA = 1024 * 1024;

let stage;
let browser;
let path;

before(async () => {
  [stage, browser] = await Promise.all([
    startStage("web-setup-flow"),
    startBrowser(),
  ]);
  const frame = pdf({ bytes: 10_000_000 }).length - 10_000_000;
  const file = pdf({ bytes: MOST - frame });
  path = join(out, "large.pdf");
  await writeFile(path, file);
  assert.equal(file.length, MOST);
});
after(() => Promise.all([browser?.close(), stage?.end()]));

/** Resident memory of the largest renderer in MiB: current and peak. */
async function memory() {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const read = async ({ id }) => {
    const status = await readFile(`/proc/${id}/status`, "utf8").catch(() => "");
    const field = (name) =>
      Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
    return { now: field("VmRSS"), most: field("VmHWM") };
  };
  const all = await Promise.all(
    processInfo.filter(({ type }) => type === "renderer").map(read),
  );
  return all.sort((a, b) => b.most - a.most)[0];
}

test("previews and uploads 40 MiB without holding the file in memory", async () => {
  await visit(browser, "large", async (page) => {
    await page.goto(stage.url);
    await chooseFile(page);
    await enterSigner(page, 1, BEAT);
    const before = await memory();
    await chooseFile(page, { buffer: path });
    await page.locator("#file-name", { hasText: "large.pdf" }).waitFor();
    const shown = await memory();
    await page.evaluate(() => {
      const seen = [];
      new MutationObserver(() => {
        const bar = document.querySelector("progress");
        if (bar !== null && bar.value !== seen.at(-1)) seen.push(bar.value);
      }).observe(document.body, {
        subtree: true,
        childList: true,
        attributes: true,
      });
      // The upload ends with a navigation to the platform.
      addEventListener("pagehide", () =>
        sessionStorage.setItem("seen", JSON.stringify(seen)),
      );
    });
    let sent = shown;
    // Without a limit, loopback finishes before the bar is drawn.
    const network = await page.context().newCDPSession(page);
    await network.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: 20 * MEGA,
    });
    await page.getByRole("button", { name: "Upload and continue" }).click();
    while (!page.url().includes("/cockpit/")) {
      const { now, most } = await memory();
      sent = { now, most: Math.max(sent.most, most) };
      await page.waitForTimeout(50);
    }
    const id = await setUp(page, stage.sandbox);
    const { fileReferences } = await stage.sandbox.api("GET", `/${id}`);
    assert.equal(fileReferences.length, 1);
    await page.goto(stage.url);
    const seen = await page.evaluate(() =>
      JSON.parse(sessionStorage.getItem("seen")),
    );
    assert.ok(seen.length > 10, `the bar moves: ${seen}`);
    const preview = Math.round(shown.most - before.most);
    const upload = Math.round(sent.most - shown.most);
    console.log(
      `# peak memory of 40 MiB in MiB: preview ${preview}, upload ${upload}`,
    );
    // The file, its Base64 as one string and a copy of that would be 240 MiB.
    assert.ok(
      preview * MEGA < MOST,
      `the preview reads ranges: ${preview} MiB`,
    );
    assert.ok(
      upload * MEGA < 4 * MOST,
      `the upload reads chunks: ${upload} MiB`,
    );
  });
});

test("a cancelled upload of 40 MiB attaches nothing", async () => {
  const { sandbox } = stage;
  await visit(browser, "large-cancelled", async (page) => {
    await page.goto(stage.url);
    await chooseFile(page, { buffer: path });
    await enterSigner(page, 1, BEAT);
    await sandbox.control("POST", "/faults", {
      match: { operation: "attach", times: 1 },
      action: { latencyMs: 5_000 },
    });
    await page.getByRole("button", { name: "Upload and continue" }).click();
    await page.getByText(/Uploading large\.pdf/).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("Upload cancelled.").waitFor();
    const saved = await page.evaluate(() =>
      sessionStorage.getItem("swisscom-sign"),
    );
    const { fileReferences } = await sandbox.api(
      "GET",
      `/${JSON.parse(saved).handle.id}`,
    );
    assert.deepEqual(fileReferences ?? [], []);
  });
});
