// Signs once through a page that is already served: `cargo xtask demo --browser --check`.
//
//   PAGE, SANDBOX   their URLs

import { strict as assert } from "node:assert";

import { startBrowser } from "../../support/browser.mjs";
import { message } from "../../support/sandbox.mjs";
import {
  arrive,
  BEAT,
  checkPage,
  chooseFile,
  enterSigner,
  setUp,
  visit,
} from "./support.mjs";

const { PAGE: url, SANDBOX } = process.env;
const sandbox = { message: (query) => message(SANDBOX, query) };
const step = (text) => console.log(`  ${text}`);

const browser = await startBrowser();
try {
  let id;
  await visit(browser, "check", async (page) => {
    await page.goto(url);
    await chooseFile(page);
    await enterSigner(page, 1, BEAT);
    await checkPage(page, "check-form");
    await page.getByRole("button", { name: "Upload and continue" }).click();
    id = await setUp(page, sandbox);
    step("uploaded a document and opened the setup page");
    await page.getByRole("button", { name: "Send for signature" }).click();
    await page.getByRole("heading", { name: "Signature status" }).waitFor();
    step("completed the setup");
    await visit(browser, "check-signer", async (signer) => {
      await arrive(signer, sandbox, id, BEAT.email);
      await signer.getByRole("button", { name: "Sign now" }).click();
      await signer.getByText("Everyone has signed").waitFor();
    });
    step("signed");
    await page.locator("#state", { hasText: "Everyone has signed" }).waitFor();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download signed PDF" }).click();
    const path = await (await saved).path();
    step(`downloaded the signed file: ${(await saved).suggestedFilename()}`);
    assert.ok(path);
    await checkPage(page, "check-completed");
  });
} finally {
  await browser.close();
}
