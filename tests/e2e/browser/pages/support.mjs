// Helpers for the hosted pages.

import assert from "node:assert/strict";

import { screenshot, violations } from "../../support/browser.mjs";
import { pdf } from "../../support/pdf.mjs";
import { serve } from "../../support/server.mjs";

/** Creates a process with a document that each of these signers signs; returns its identifier. */
export async function createDraft(sandbox, request, signers) {
  const { id } = await sandbox.api("POST", "", request);
  await sandbox.api("POST", `/${id}/attach`, {
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
}

/** Keeps a screenshot, and fails on any violation that axe finds. */
export async function checkPage(page, name) {
  await screenshot(page, name);
  // The context of the page runs no scripts, so axe runs in a copy.
  const copy = await page.context().browser().newPage();
  try {
    for (const frame of page.frames()) {
      const { origin, pathname } = new URL(frame.url());
      if (!/^\/(cockpit\/|_sandbox|$)/.test(pathname)) continue;
      const html = await frame.content();
      await copy.setContent(
        html.replace("<head>", `<head><base href="${origin}">`),
      );
      assert.deepEqual(await violations(copy), [], `${name} (${frame.url()})`);
    }
  } finally {
    await copy.close();
  }
}

/** An application to return to. It answers every path with `html`. */
export const startApplication = (html = () => "<h1>Application</h1>") =>
  serve((request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(html(request.url, response));
  });

/** Presses Tab until this element has the focus. */
export async function tabTo(page, locator, limit = 80) {
  for (let press = 0; press < limit; press += 1) {
    await page.keyboard.press("Tab");
    if (await locator.evaluate((node) => node === document.activeElement))
      return;
  }
  throw new Error(`the keyboard does not reach ${locator}`);
}
