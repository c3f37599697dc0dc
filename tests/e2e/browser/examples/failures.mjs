// What the web examples show when something cannot be loaded, or takes long.

import assert from "node:assert/strict";
import { after, before, test as walk } from "node:test";

import { startBrowser } from "../../support/browser.mjs";
import { pdf } from "../../support/pdf.mjs";
import {
  BEAT,
  checkPage as checkNamed,
  chooseFile,
  enterSigner,
  setUp,
  startStage,
  upload,
  visit as visitNamed,
} from "./support.mjs";

/** Registers the tests of a folder in js-examples. */
export function failures(example) {
  const test = (name, act) => walk(`${example}: ${name}`, act);
  const visit = (name, act, options) =>
    visitNamed(browser, `${example}-${name}`, act, options);
  const checkPage = (page, name) => checkNamed(page, `${example}-${name}`);
  let stage;
  let browser;

  before(async () => {
    [stage, browser] = await Promise.all([startStage(example), startBrowser()]);
  });
  after(() => Promise.all([browser?.close(), stage?.end()]));

  const form = (page) =>
    page.getByRole("heading", { name: "Request signatures" }).waitFor();
  const submit = (page) =>
    page.getByRole("button", { name: "Upload and continue" });
  /** Chooses a document without waiting for its preview. */
  const choose = (page) =>
    page.locator("#file").setInputFiles({
      name: "Offer 2026.pdf",
      mimeType: "application/pdf",
      buffer: pdf({ pages: 2 }),
    });

  test("says that the configuration could not be loaded, and tries again", async () => {
    const act = async (page) => {
      await page.route("**/config.json", (route) =>
        route.fulfill({ status: 500 }),
      );
      await page.goto(stage.url);
      await page.getByRole("alert").waitFor();
      await checkPage(page, "not-configured");
      await page.unroute("**/config.json");
      await page.getByRole("button", { name: "Try again" }).click();
      await submit(page).waitFor();
    };
    await visit("not-configured", act, {
      expected: [/status of 500/, /config\.json: 500/],
    });
  });

  test("works when the browser blocks its storage", async () => {
    await visit("no-storage", async (page, context) => {
      await context.addInitScript(() => {
        for (const name of ["localStorage", "sessionStorage"])
          Object.defineProperty(globalThis, name, {
            get() {
              throw new DOMException("denied", "SecurityError");
            },
          });
      });
      await upload(page, stage);
      const id = await setUp(page, stage.sandbox);
      await page.getByRole("button", { name: "Send for signature" }).click();
      await page.getByRole("heading", { name: "Signature status" }).waitFor();
      await stage.sandbox.act(`${id}/participants/signer-1/sign`);
      await page
        .locator("#state", { hasText: "Everyone has signed" })
        .waitFor();
    });
  });

  test("says that the preview could not be loaded, and loads it with the next document", async () => {
    const act = async (page) => {
      await page.goto(stage.url);
      await page.route("**/assets/pages-*.js", (route) => route.abort());
      await choose(page);
      await page
        .getByText(/^The preview could not be loaded\./)
        .first()
        .waitFor();
      await checkPage(page, "no-preview");
      await page
        .getByRole("heading", { name: "Something went wrong" })
        .waitFor();
      await page.unroute("**/assets/pages-*.js");
      await chooseFile(page);
    };
    await visit("no-preview", act, { expected: [/ERR_FAILED/] });
  });

  test("does not blame the file if the browser cannot run pdf.js", async () => {
    const act = async (page) => {
      await page.goto(stage.url);
      await page.route("**/assets/pdf.worker*", (route) => route.abort());
      await choose(page);
      await page
        .getByText(/^The preview cannot be displayed\./)
        .first()
        .waitFor();
      await page
        .getByRole("heading", { name: "Something went wrong" })
        .waitFor();
      await page.unroute("**/assets/pdf.worker*");
      await page.reload();
      await chooseFile(page);
    };
    await visit("no-worker", act, { expected: [/ERR_FAILED|worker/i] });
  });

  test("shows the preview in a browser that is some years old", async () => {
    await visit("old-browser", async (page, context) => {
      await context.addInitScript(() => {
        delete Promise.try;
        delete Promise.withResolvers;
        delete URL.parse;
      });
      await page.goto(stage.url);
      await chooseFile(page);
      await page.locator(".place").waitFor();
    });
  });

  test("shows what it is doing on a slow network", async () => {
    await visit("slow", async (page) => {
      const held = [];
      const hold = (route) => held.push(route);
      const release = async (pattern) => {
        await Promise.all(held.splice(0).map((route) => route.continue()));
        await page.unroute(pattern);
      };
      await page.route("**/assets/index-*.js", hold);
      await page.goto(stage.url, { waitUntil: "commit" });
      await page.getByText(/Loading…/).waitFor();
      await checkPage(page, "loading");
      await release("**/assets/index-*.js");
      await form(page);
      await page.route("**/assets/pages-*.js", hold);
      await choose(page);
      await page.getByText("Opening Offer 2026.pdf…").first().waitFor();
      await checkPage(page, "opening");
      await release("**/assets/pages-*.js");
      await page.getByRole("heading", { name: "Preview" }).waitFor();
      await enterSigner(page, 1, BEAT);
      await page.route("**/api/process", hold);
      await submit(page).click();
      await page.getByRole("button", { name: "Please wait…" }).waitFor();
      await checkPage(page, "waiting");
      await release("**/api/process");
      await setUp(page, stage.sandbox);
    });
  });

  test("blames the network for a request that it interrupts, and continues when it is back", async () => {
    const act = async (page, context) => {
      await page.goto(stage.url);
      await chooseFile(page);
      await enterSigner(page, 1, BEAT);
      await page.route("**/api/process", async (route) => {
        await context.setOffline(true);
        await route.abort("internetdisconnected");
      });
      await submit(page).click();
      await page.getByText(/^Connection failed\./).waitFor();
      await checkPage(page, "interrupted-request");
      const unclear = page.getByText(/^It is not clear whether/);
      assert.equal(await unclear.count(), 0);
      await page.unroute("**/api/process");
      await context.setOffline(false);
      await setUp(page, stage.sandbox);
    };
    await visit("interrupted-request", act, {
      expected: [/ERR_INTERNET_DISCONNECTED/],
    });
  });

  test("sends the form when the network is back", async () => {
    await visit("offline-form", async (page, context) => {
      await page.goto(stage.url);
      await chooseFile(page);
      await enterSigner(page, 1, BEAT);
      await context.setOffline(true);
      await submit(page).click();
      await page.getByText(/^You are offline\./).waitFor();
      await page.getByRole("button", { name: "Please wait…" }).waitFor();
      await checkPage(page, "offline-form");
      await context.setOffline(false);
      await setUp(page, stage.sandbox);
    });
  });
}
