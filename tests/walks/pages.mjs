// A person in front of an example with a page, through to the signed file, and everything that can
// come between. Both examples say the same words, and so have the same walks.

import assert from "node:assert/strict";
import { after, before, test as walk } from "node:test";

import {
  arrive,
  BEAT,
  chooseFile,
  enterCode,
  enterSigner,
  pdf,
  look as picture,
  setUp,
  startBrowser,
  startStage,
  upload,
  USER,
  visit as person,
} from "./kit.mjs";

/**
 * Registers the walks.
 *
 * @param example folder in js-examples
 */
export function walks(example) {
  const test = (name, act) => walk(`${example}: ${name}`, act);
  const visit = (browser, name, act, options) =>
    person(browser, `${example}-${name}`, act, options);
  const look = (page, name) => picture(page, `${example}-${name}`);
  let stage;
  let sandbox;
  let browser;

  before(async () => {
    [stage, browser] = await Promise.all([startStage(example), startBrowser()]);
    ({ sandbox } = stage);
  });
  after(() => Promise.all([browser?.close(), stage?.end()]));

  const following = (page) =>
    page.getByRole("heading", { name: "Signature status" });
  const state = (page, text) =>
    page.locator("#state", { hasText: text }).waitFor();
  const send = (page) =>
    page.getByRole("button", { name: "Send for signing" }).click();

  /** Uploaded, set up, and back on the page that follows the process. */
  async function released(page, options) {
    await upload(page, stage, options);
    const id = await setUp(page, sandbox);
    await send(page);
    await following(page).waitFor();
    return id;
  }

  test("problems are said beside their fields, then the way to the signed file", async () => {
    await visit(browser, "flow", async (page) => {
      await page.goto(stage.url);
      const submit = page.getByRole("button", { name: "Upload and continue" });
      await submit.click();
      const summary = page.getByRole("alert");
      await summary.waitFor();
      await look(page, "flow-problems");
      const problem = (label) =>
        page
          .getByLabel(label)
          .evaluate((field) => [
            field.getAttribute("aria-invalid"),
            document.getElementById(field.getAttribute("aria-describedby"))
              .textContent,
          ]);
      // The first is said by the form, the second by the SDK, by its path.
      assert.deepEqual(await problem("Email address"), [
        "true",
        "Enter an email address or a mobile number.",
      ]);
      assert.deepEqual(await problem("First name"), [
        "true",
        "This field is required.",
      ]);
      await summary.getByRole("link", { name: /First name/ }).click();
      assert.equal(
        await page.evaluate(() => document.activeElement.id),
        "signer-1-firstName",
      );

      await page.locator("#file").setInputFiles({
        name: "a.pdf",
        mimeType: "application/pdf",
        buffer: Buffer.from("no pdf"),
      });
      await page
        .getByText("This PDF cannot be opened. It may be damaged.")
        .first()
        .waitFor();
      await chooseFile(page);
      await enterSigner(page, 1, { ...BEAT, email: "beat@" });
      await submit.click();
      await page.getByText("The format is not valid.").first().waitFor();
      assert.deepEqual(await problem("First name"), [null, ""]);

      // By keyboard alone: another person, taken out again; a signature moved.
      await page.getByRole("button", { name: "Add signer" }).press("Enter");
      assert.equal(
        await page.evaluate(() => document.activeElement.id),
        "signer-2-firstName",
      );
      await page
        .getByRole("button", { name: "Remove signer 2" })
        .press("Enter");
      await enterSigner(page, 1, BEAT);
      const signature = page.getByRole("button", {
        name: /^Signature of Beat Müller: page 2/,
      });
      const before = await signature.getAttribute("aria-label");
      await signature.press("ArrowRight");
      await signature.press("Shift+ArrowUp");
      const position =
        /page 2, (\d+) points from the left, (\d+) points from the top/;
      const [x, y] = position.exec(before).slice(1).map(Number);
      const moved = await page
        .getByRole("button", { name: /^Signature of/ })
        .getAttribute("aria-label");
      assert.deepEqual(position.exec(moved).slice(1).map(Number), [
        x + 10,
        y - 1,
      ]);
      const box = await signature.boundingBox();
      await page.mouse.move(box.x + 20, box.y + 10);
      await page.mouse.down();
      await page.mouse.move(box.x + 60, box.y - 90, { steps: 5 });
      await page.mouse.up();
      const dragged = await page
        .getByRole("button", { name: /^Signature of/ })
        .getAttribute("aria-label");
      const [dx, dy] = position.exec(dragged).slice(1).map(Number);
      assert.ok(dx > x + 30 && dy < y - 60, dragged);
      await page.getByLabel("Signature on page").selectOption("1");
      await look(page, "flow-form");
      await submit.click();

      const id = await setUp(page, sandbox);
      const { fileReferences, initiator, signatureLevel } = await sandbox.api(
        "GET",
        `/${id}`,
      );
      const [{ pageNumber, positionX, positionY }] =
        fileReferences[0].signaturePositions;
      assert.deepEqual([pageNumber, positionX, positionY], [0, dx, dy]);
      assert.equal(initiator.email, USER.email);
      assert.equal(signatureLevel, "ADVANCED");
      await look(page, "flow-setup");
      await send(page);
      await following(page).waitFor();
      await state(page, "Waiting for signatures");
      await look(page, "flow-pending");

      await visit(browser, "flow-signer", async (signer) => {
        await arrive(signer, sandbox, id, BEAT.email);
        await look(signer, "flow-sign");
        await signer.getByRole("button", { name: "Sign now" }).click();
        await signer.getByText("Everybody has signed.").waitFor();
      });
      await state(page, "Everyone has signed");
      await page.getByText(/Signed, /).waitFor();
      await page
        .getByRole("listitem")
        .filter({ hasText: "Document signed" })
        .waitFor();
      const saved = page.waitForEvent("download");
      await page.getByRole("button", { name: "Download signed PDF" }).click();
      const download = await saved;
      assert.equal(download.suggestedFilename(), "Offer 2026.pdf");
      let text = "";
      for await (const chunk of await download.createReadStream())
        text += chunk.toString("latin1");
      assert.match(text, /\/ByteRange/);
      await look(page, "flow-completed");
    });
  });

  test("four languages, on a narrow screen", async () => {
    const narrow = { viewport: { width: 360, height: 740 }, locale: "it-CH" };
    await visit(
      browser,
      "languages",
      async (page) => {
        await page.goto(stage.url);
        for (const [name, title, lang] of [
          ["Italiano", "Far firmare un documento", "it-CH"],
          ["Deutsch", "Dokument signieren lassen", "de-CH"],
          ["Français", "Faire signer un document", "fr-CH"],
          ["English", "Request signatures", "en-GB"],
        ]) {
          if (lang !== "it-CH")
            await page.getByRole("button", { name }).click();
          await page.getByRole("heading", { name: title, level: 1 }).waitFor();
          assert.equal(
            await page.evaluate(() => document.documentElement.lang),
            lang,
          );
          await look(page, `language-${lang}`);
          const [wide, shown] = await page.evaluate(() => [
            document.documentElement.scrollWidth,
            document.documentElement.clientWidth,
          ]);
          assert.ok(wide <= shown, `${lang}: ${wide} > ${shown}`);
        }
        // The language goes with the person to the platform's page.
        await page.getByRole("button", { name: "Deutsch" }).click();
        await page.locator("#file").setInputFiles({
          name: "a.pdf",
          mimeType: "application/pdf",
          buffer: pdf(),
        });
        await page.getByLabel("Vorname").fill("Beat");
        await page.getByLabel("Nachname").fill("Müller");
        await page.getByLabel("E-Mail-Adresse").fill("beat@example.ch");
        await page.getByRole("heading", { name: "Vorschau" }).waitFor();
        await look(page, "narrow-form");
        await page
          .getByRole("button", { name: "Hochladen und vorbereiten" })
          .click();
        await page
          .getByRole("heading", { name: "Geben Sie Ihren Zugangscode ein" })
          .waitFor();
      },
      narrow,
    );
  });

  test("embedded: prepared and signed inside the page", async () => {
    await visit(
      browser,
      "embedded",
      async (page) => {
        await page.goto(stage.url);
        await page.getByLabel(/^I will also sign/).check();
        await page.getByRole("button", { name: "Remove signer 1" }).click();
        await chooseFile(page);
        await page.getByLabel("Prepare the document on this page").check();
        await page.getByLabel(/^Signature on page/).selectOption("1");
        await look(page, "form");
        await page.getByRole("button", { name: "Upload and continue" }).click();
        const frame = page.frameLocator("iframe");
        await setUp(page, sandbox, frame);
        await look(page, "embedded-setup");
        await frame.getByRole("button", { name: "Send for signing" }).click();
        await following(page).waitFor();
        await page.getByRole("button", { name: "Sign now" }).click();
        await page
          .frameLocator("iframe")
          .getByRole("button", { name: "Sign now" })
          .waitFor();
        await look(page, "embedded-sign");
        await page
          .frameLocator("iframe")
          .getByRole("button", { name: "Sign now" })
          .click();
        await following(page).waitFor();
        await state(page, "Everyone has signed");
      },
      { expected: /autofocus/ },
    );
  });

  test("a wrong code, and a one-time code that has expired", async () => {
    await visit(
      browser,
      "codes",
      async (page) => {
        await upload(page, stage);
        await page
          .getByRole("heading", { name: "Enter your access code" })
          .waitFor();
        const id = /process\/([0-9a-f-]{36})/.exec(page.url())[1];
        const { code } = await sandbox.message({ type: "CODE", processId: id });
        await page
          .getByLabel("Access code")
          .fill(code === "000000" ? "111111" : "000000");
        await page.getByRole("button", { name: "Continue" }).click();
        await page
          .getByText(/This code is not right\. Attempts left: 4/)
          .waitFor();
        await look(page, "code-wrong");
        await enterCode(page, sandbox, { processId: id });
        await send(page);
        await following(page).waitFor();
      },
      { expected: /status of 403/ },
    );
    await visit(browser, "codes-expired", async (page, context) => {
      await page.goto(stage.url);
      await page.getByLabel(/^I will also sign/).check();
      await page.getByRole("button", { name: "Remove signer 1" }).click();
      await chooseFile(page);
      await page.getByRole("button", { name: "Upload and continue" }).click();
      const id = await setUp(page, sandbox);
      await send(page);
      await following(page).waitFor();
      // The platform's page is slow to open: half a minute passes on the way.
      let late = 0;
      await context.route(/\/cockpit\/process\/.*[?&]code=/, async (route) => {
        late += 1;
        await sandbox.control("POST", "/clock/advance", { by: "PT31S" });
        await route.continue();
      });
      await page.getByRole("button", { name: "Sign now" }).click();
      await enterCode(page, sandbox, { processId: id, to: USER.email });
      assert.equal(late, 1, "a one-time code was on the way");
      await page.getByRole("button", { name: "Sign now" }).click();
      await following(page).waitFor();
      await state(page, "Everyone has signed");
    });
  });

  test("a signer declines", async () => {
    await visit(browser, "declined", async (page) => {
      const id = await released(page);
      await visit(browser, "declined-signer", async (signer) => {
        await arrive(signer, sandbox, id, BEAT.email);
        await signer.getByText("Decline to sign").click();
        await signer.getByRole("button", { name: "Decline" }).click();
        await signer.getByText("You declined to sign.").waitFor();
      });
      await page
        .locator("p.notice", { hasText: "A signer declined." })
        .first()
        .waitFor();
      await page
        .getByText("Signing process ended early (Beat Müller)")
        .waitFor();
      await look(page, "declined");
      assert.equal(
        await page.getByRole("button", { name: "Download signed PDF" }).count(),
        0,
      );
      await page
        .getByRole("button", { name: "Start another document" })
        .click();
      await page.getByRole("heading", { name: "Request signatures" }).waitFor();
      await page.reload();
      await page.getByRole("heading", { name: "Request signatures" }).waitFor();
    });
  });

  test("the back button from the platform's page, a reload, and two tabs", async () => {
    await visit(browser, "back", async (page, context) => {
      await upload(page, stage);
      const id = await setUp(page, sandbox);
      while (page.url().startsWith(sandbox.url)) await page.goBack();
      await page
        .getByRole("heading", { name: "Preparation is not finished" })
        .waitFor();
      await look(page, "unfinished");
      await page.reload();
      await page.getByRole("button", { name: "Continue preparation" }).click();
      await page
        .getByRole("heading", { name: "Prepare for signing" })
        .waitFor();
      // The way back that the platform's own page offers.
      await page.getByRole("link", { name: "Home" }).click();
      await page.getByRole("button", { name: "Continue preparation" }).click();
      await send(page);
      await following(page).waitFor();

      // A second tab begins with a document of its own, and the first is not disturbed.
      const second = await context.newPage();
      const other = await released(second, {
        signer: { ...BEAT, firstName: "Berta" },
      });
      assert.notEqual(other, id);
      await page.reload();
      await page.getByText("Beat Müller", { exact: true }).waitFor();
      // A third is sent to the return address of the first.
      const third = await context.newPage();
      await third.goto(`${stage.url}/?id=${id}`);
      await third.getByText("Beat Müller", { exact: true }).waitFor();
      await sandbox.control(
        "POST",
        `/processes/${id}/participants/signer-1/sign`,
      );
      await Promise.all([
        state(page, "Everyone has signed"),
        state(third, "Everyone has signed"),
      ]);
      await state(second, "Waiting for signatures");
    });
  });

  test("cancelled and reloaded uploads go on with the same process", async () => {
    const slow = {
      match: { operation: "attach", times: 1 },
      action: { latencyMs: 20_000 },
    };
    await sandbox.control("DELETE", "/requests");
    await visit(browser, "interrupted", async (page) => {
      await sandbox.control("POST", "/faults", slow);
      await upload(page, stage);
      await page.getByText(/Uploading Offer 2026\.pdf/).waitFor();
      await look(page, "uploading");
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByText("Upload cancelled.").waitFor();
      await look(page, "cancelled");
      assert.equal(await page.getByLabel("First name").inputValue(), "Beat");

      await sandbox.control("POST", "/faults", slow);
      await page.getByRole("button", { name: "Upload and continue" }).click();
      await page.getByText(/Uploading Offer 2026\.pdf/).waitFor();
      await page.reload();
      await page
        .getByRole("heading", { name: "The upload was interrupted" })
        .waitFor();
      await look(page, "interrupted");
      await sandbox.control("DELETE", "/faults");
      await chooseFile(page);
      await page.getByRole("button", { name: "Resume upload" }).click();
      const id = await setUp(page, sandbox);
      const { invitees, fileReferences } = await sandbox.api("GET", `/${id}`);
      assert.equal(invitees.signers[0].firstName, "Beat");
      assert.equal(fileReferences.length, 1);
      const { requests } = await sandbox.control(
        "GET",
        "/requests?operation=create",
      );
      assert.equal(requests.length, 1, "one process for all three tries");
    });
  });

  /** To the platform's page, whether the file has arrived before or not. */
  async function goOn(page) {
    const code = page.getByRole("heading", { name: "Enter your access code" });
    const prepared = page.getByRole("button", {
      name: "Continue preparation",
    });
    await code.or(prepared).waitFor();
    if (await prepared.isVisible()) await prepared.click().catch(() => {});
  }

  test("the answer to the upload is lost; the file is not sent again", async () => {
    await visit(
      browser,
      "lost",
      async (page) => {
        await sandbox.control("DELETE", "/requests");
        const first = { operation: "attach", times: 1 };
        await sandbox.control("POST", "/faults", {
          match: first,
          action: { drop: "after" },
        });
        // The file is looked for, and found.
        await upload(page, stage);
        const id = await setUp(page, sandbox);
        const { fileReferences } = await sandbox.api("GET", `/${id}`);
        assert.equal(fileReferences.length, 1);
        const { requests } = await sandbox.control(
          "GET",
          "/requests?operation=attach",
        );
        assert.equal(requests.length, 1);
      },
      { expected: /status of 50\d/ },
    );
  });

  test("ten seconds offline", async () => {
    const expected = /net::ERR_(INTERNET|NETWORK)_/;
    await visit(
      browser,
      "offline",
      async (page, context) => {
        const id = await released(page);
        await context.setOffline(true);
        await page.getByText(/You are offline\./).waitFor();
        await look(page, "offline");
        await sandbox.control(
          "POST",
          `/processes/${id}/participants/signer-1/sign`,
        );
        await page.waitForTimeout(10_000);
        await context.setOffline(false);
        await state(page, "Everyone has signed");
        assert.equal(
          await page.getByText(/You are offline\./).isVisible(),
          false,
        );
      },
      { expected },
    );
  });

  test("the relay is restarted during the upload, and while the page follows", async () => {
    const expected = /net::ERR_(CONNECTION|EMPTY|SOCKET)_/;
    await visit(
      browser,
      "relay",
      async (page) => {
        await page.goto(stage.url);
        await chooseFile(page);
        await enterSigner(page, 1, BEAT);
        await stage.stopRelay();
        await page.getByRole("button", { name: "Upload and continue" }).click();
        await page.getByText(/^It is not clear whether/).waitFor();
        await look(page, "relay-down");
        await stage.startRelay();
        // It breaks while the file is on its way, and nobody knows how far it came.
        const slow = { operation: "attach", times: 1 };
        await sandbox.control("POST", "/faults", {
          match: slow,
          action: { latencyMs: 1_500 },
        });
        await page.getByRole("button", { name: "Try again" }).click();
        await page.getByText(/Uploading Offer 2026\.pdf/).waitFor();
        await stage.stopRelay();
        await page.getByRole("button", { name: "Try again" }).waitFor();
        await stage.startRelay();
        await page.getByRole("button", { name: "Try again" }).click();
        await goOn(page);
        const id = await setUp(page, sandbox);
        await send(page);
        await following(page).waitFor();
        await stage.stopRelay();
        await sandbox.control(
          "POST",
          `/processes/${id}/participants/signer-1/sign`,
        );
        await page.waitForTimeout(1_500);
        await stage.startRelay();
        await state(page, "Everyone has signed");
        const { fileReferences } = await sandbox.api("GET", `/${id}`);
        assert.equal(fileReferences.length, 1, "the file is there once");
      },
      { expected },
    );
  });

  test("the session expires in the form and while following; nothing is lost", async () => {
    await visit(
      browser,
      "session",
      async (page) => {
        await stage.logIn(-1);
        await page.goto(stage.url);
        await chooseFile(page);
        await enterSigner(page, 1, BEAT);
        await page.getByRole("button", { name: "Upload and continue" }).click();
        await page.getByText("Your session has expired").waitFor();
        await look(page, "session");
        await stage.logIn(3600);
        await page.getByRole("button", { name: "Log in again" }).click();
        const id = await setUp(page, sandbox);
        await stage.logIn(3);
        await send(page);
        await following(page).waitFor();
        await page.getByText("Your session has expired").waitFor();
        await stage.logIn(3600);
        await page.getByRole("button", { name: "Log in again" }).click();
        await sandbox.control(
          "POST",
          `/processes/${id}/participants/signer-1/sign`,
        );
        await state(page, "Everyone has signed");
      },
      { expected: /status of 401/ },
    );
  });
}
