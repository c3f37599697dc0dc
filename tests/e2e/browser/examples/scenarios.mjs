// Both web examples show the same texts, so they share their scenarios.

import assert from "node:assert/strict";
import { after, before, test as walk } from "node:test";

import { startBrowser } from "../../support/browser.mjs";
import { pdf } from "../../support/pdf.mjs";
import {
  arrive,
  BEAT,
  chooseFile,
  enterCode,
  enterSigner,
  checkPage as checkNamed,
  setUp,
  startStage,
  upload,
  USER,
  visit as visitNamed,
} from "./support.mjs";

/** The longest pause between two requests of the examples. */
const POLL_INTERVAL_MS = 5_000;

/** Registers the scenarios of a folder in js-examples. */
export function scenarios(example) {
  const test = (name, act) => walk(`${example}: ${name}`, act);
  const visit = (browser, name, act, options) =>
    visitNamed(browser, `${example}-${name}`, act, options);
  const checkPage = (page, name) => checkNamed(page, `${example}-${name}`);
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
    page.getByRole("button", { name: "Send for signature" }).click();

  /** Uploads a document, completes the setup, and returns to the page that follows the process. */
  async function released(page, options) {
    await upload(page, stage, options);
    const id = await setUp(page, sandbox);
    await send(page);
    await following(page).waitFor();
    return id;
  }

  test("shows each problem beside its field, then leads to the signed file", async () => {
    await visit(browser, "flow", async (page) => {
      await page.goto(stage.url);
      const submit = page.getByRole("button", { name: "Upload and continue" });
      await submit.click();
      const summary = page.getByRole("alert");
      await summary.waitFor();
      await checkPage(page, "flow-problems");
      const problem = (label) =>
        page
          .getByLabel(label)
          .evaluate((field) => [
            field.getAttribute("aria-invalid"),
            document.getElementById(field.getAttribute("aria-describedby"))
              .textContent,
          ]);
      // The form reports the first problem, the SDK the second by its path.
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

      // By keyboard: add a signer, remove it, move a signature.
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
      await checkPage(page, "flow-form");
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
      await checkPage(page, "flow-setup");
      await send(page);
      await following(page).waitFor();
      await state(page, "Waiting for signatures");
      await checkPage(page, "flow-pending");

      await visit(browser, "flow-signer", async (signer) => {
        await arrive(signer, sandbox, id, BEAT.email);
        await checkPage(signer, "flow-sign");
        await signer.getByRole("button", { name: "Sign now" }).click();
        await signer.getByText("Everyone has signed.").waitFor();
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
      assert.equal(download.suggestedFilename(), "Offer 2026-signed.pdf");
      let text = "";
      for await (const chunk of await download.createReadStream())
        text += chunk.toString("latin1");
      assert.match(text, /\/ByteRange/);
      await checkPage(page, "flow-completed");
    });
  });

  /** Page and corner of each signature. */
  const signatures = (page) =>
    page
      .locator(".place")
      .evaluateAll((all) =>
        all.map((place) =>
          place.getAttribute("aria-label").match(/\d+/g).slice(-3).map(Number),
        ),
      );
  const covers = ([page, x, y], [otherPage, otherX, otherY]) =>
    page === otherPage &&
    Math.abs(x - otherX) < 170 &&
    Math.abs(y - otherY) < 50;

  test("places each signature where no other is, and warns of signatures that overlap", async () => {
    await visit(browser, "overlap", async (page) => {
      await page.goto(stage.url);
      await chooseFile(page);
      await enterSigner(page, 1, BEAT);
      await page.getByLabel(/^I will also sign/).check();
      for (let more = 0; more < 7; more += 1)
        await page.getByRole("button", { name: "Add signer" }).click();
      const placed = await signatures(page);
      assert.equal(placed.length, 9);
      for (const [index, one] of placed.entries())
        for (const other of placed.slice(index + 1))
          assert.ok(!covers(one, other), `${one} and ${other}`);
      const warning = page.getByText(
        "The signatures of Anna Muster and Beat Müller overlap.",
      );
      assert.equal(await warning.count(), 0);
      // The first of three columns: over the second.
      const beat = page.getByRole("button", { name: /^Signature of Beat/ });
      await beat.press("ArrowRight");
      await beat.press("ArrowRight");
      await warning.waitFor();
      await checkPage(page, "overlap");
      await beat.press("ArrowLeft");
      await beat.press("ArrowLeft");
      await warning.waitFor({ state: "detached" });
      // On another page, the place is free; back on this one, it is taken.
      const pageOfSecond = page.getByLabel("Signature on page").nth(2);
      const second = page.getByRole("button", { name: /^Signature of 2: / });
      await pageOfSecond.selectOption("0");
      await second.press("ArrowLeft");
      await second.press("ArrowLeft");
      await pageOfSecond.selectOption("1");
      const moved = await signatures(page);
      for (const [index, one] of moved.entries())
        for (const other of moved.slice(index + 1))
          assert.ok(!covers(one, other), `${one} and ${other}`);
    });
  });

  test("a double click uploads once, and the file with all signatures is the main download", async () => {
    await visit(browser, "twice", async (page) => {
      await sandbox.control("DELETE", "/requests");
      await page.goto(stage.url);
      await chooseFile(page);
      await enterSigner(page, 1, BEAT);
      await page.getByRole("button", { name: "Add signer" }).click();
      await enterSigner(page, 2, {
        ...BEAT,
        firstName: "Carla",
        email: "carla@example.ch",
      });
      await page
        .getByRole("button", { name: "Upload and continue" })
        .dblclick();
      const id = await setUp(page, sandbox);
      for (const operation of ["create", "attach"]) {
        const { requests } = await sandbox.control(
          "GET",
          `/requests?operation=${operation}`,
        );
        assert.equal(requests.length, 1, operation);
      }
      await send(page);
      await following(page).waitFor();
      const sign = (signer) =>
        sandbox.control("POST", `/processes/${id}/participants/${signer}/sign`);
      const name = async (button) => {
        const saved = page.waitForEvent("download");
        await button.click();
        return (await saved).suggestedFilename();
      };
      await sign("signer-1");
      const soFar = page.getByRole("button", {
        name: "Download PDF with the signatures so far",
      });
      await soFar.waitFor();
      await checkPage(page, "partly-signed");
      assert.doesNotMatch(await soFar.getAttribute("class"), /primary/);
      assert.equal(await name(soFar), "Offer 2026-signed.pdf");
      await sign("signer-2");
      await state(page, "Everyone has signed");
      const signed = page.getByRole("button", { name: "Download signed PDF" });
      assert.match(await signed.getAttribute("class"), /primary/);
      assert.equal(await name(signed), "Offer 2026-signed.pdf");
    });
  });

  test("places signatures before the button that uploads, beside the fields or below them", async () => {
    const order = (page) =>
      page.evaluate(() => {
        const place = document.querySelector(".place");
        const submit = document.querySelector("form .primary");
        const [a, b] = [place, submit].map((one) =>
          one.getBoundingClientRect(),
        );
        const follows = place.compareDocumentPosition(submit) & 4;
        return { below: b.top > a.bottom, follows: follows > 0 };
      });
    const phone = {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
    };
    await visit(
      browser,
      "phone",
      async (page) => {
        await page.goto(stage.url);
        await chooseFile(page);
        await enterSigner(page, 1, BEAT);
        assert.deepEqual(await order(page), { below: true, follows: true });
        await checkPage(page, "phone");
        // A finger hits the signature also beside its edge.
        const signature = page.locator(".place");
        await signature.scrollIntoViewIfNeeded();
        const box = await signature.boundingBox();
        const hit = await page.evaluate(
          ([x, y]) => document.elementFromPoint(x, y).className,
          [box.x + box.width / 2, box.y - 8],
        );
        assert.match(hit, /place/);
      },
      phone,
    );
    await visit(browser, "desktop", async (page) => {
      await page.goto(stage.url);
      await chooseFile(page);
      await page.getByRole("button", { name: "Add signer" }).click();
      await page.getByRole("button", { name: "Add signer" }).click();
      await enterSigner(page, 3, BEAT);
      await page.getByLabel("Mobile number (optional)").last().focus();
      const seen = await page
        .locator(".place")
        .last()
        .evaluate((place) => {
          const { x, y, width, height } = place.getBoundingClientRect();
          const there = document.elementFromPoint(
            x + width / 2,
            y + height / 2,
          );
          return place.contains(there);
        });
      assert.ok(seen, "the signature is visible while its signer is entered");
      assert.equal((await order(page)).follows, true);
    });
  });

  test("shows four languages on a narrow screen", async () => {
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
          await checkPage(page, `language-${lang}`);
          const [wide, shown] = await page.evaluate(() => [
            document.documentElement.scrollWidth,
            document.documentElement.clientWidth,
          ]);
          assert.ok(wide <= shown, `${lang}: ${wide} > ${shown}`);
        }
        // The platform's page uses the same language.
        await page.getByRole("button", { name: "Deutsch" }).click();
        await page.locator("#file").setInputFiles({
          name: "a.pdf",
          mimeType: "application/pdf",
          buffer: pdf({ pages: 2 }),
        });
        await page.getByLabel("Vorname").fill("Beat");
        await page.getByLabel("Nachname").fill("Müller");
        await page.getByLabel("E-Mail-Adresse").fill("beat@example.ch");
        await page.getByRole("heading", { name: "Vorschau" }).waitFor();
        await checkPage(page, "narrow-form");
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

  test("prepares and signs inside the page", async () => {
    await visit(browser, "embedded", async (page) => {
      await page.goto(stage.url);
      await page.getByLabel(/^I will also sign/).check();
      await page.getByRole("button", { name: "Remove signer 1" }).click();
      await chooseFile(page);
      await page.getByLabel("Prepare the document on this page").check();
      await page.getByLabel(/^Signature on page/).selectOption("1");
      await checkPage(page, "form");
      await page.getByRole("button", { name: "Upload and continue" }).click();
      const frame = page.frameLocator("iframe");
      await setUp(page, sandbox, frame);
      await checkPage(page, "embedded-setup");
      await frame.getByRole("button", { name: "Send for signature" }).click();
      await following(page).waitFor();
      await page.getByRole("button", { name: "Sign now" }).click();
      await page
        .frameLocator("iframe")
        .getByRole("button", { name: "Sign now" })
        .waitFor();
      await checkPage(page, "embedded-sign");
      await page
        .frameLocator("iframe")
        .getByRole("button", { name: "Sign now" })
        .click();
      await following(page).waitFor();
      await state(page, "Everyone has signed");
    });
  });

  test("returns from the frame after the user declined", async () => {
    await visit(browser, "embedded-declined", async (page) => {
      await page.goto(stage.url);
      await page.getByLabel(/^I will also sign/).check();
      await page.getByRole("button", { name: "Remove signer 1" }).click();
      await chooseFile(page);
      await page.getByLabel("Prepare the document on this page").check();
      await page.getByRole("button", { name: "Upload and continue" }).click();
      const frame = page.frameLocator("iframe");
      await setUp(page, sandbox, frame);
      await frame.getByRole("button", { name: "Send for signature" }).click();
      await page.getByRole("button", { name: "Sign now" }).click();
      await frame.getByText("Decline to sign").click();
      await frame.getByRole("button", { name: "Decline" }).click();
      await frame.getByText("You declined to sign.").waitFor();
      await checkPage(page, "embedded-declined");
      await frame.getByRole("link", { name: "Continue" }).click();
      await following(page).waitFor();
      await page.getByText("A signer declined.").first().waitFor();
    });
  });

  test("asks again after a wrong code and after an expired one-time code", async () => {
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
        await page.getByText(/Incorrect code\. Attempts left: 4/).waitFor();
        await checkPage(page, "code-wrong");
        await enterCode(page, sandbox, { processId: id });
        await send(page);
        await following(page).waitFor();
      },
      { expected: [/status of 403/] },
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
      // The one-time code expires before the platform's page opens.
      let late = 0;
      await context.route(/\/cockpit\/process\/.*[?&]code=/, async (route) => {
        late += 1;
        await sandbox.control("POST", "/clock/advance", { by: "PT31S" });
        await route.continue();
      });
      await page.getByRole("button", { name: "Sign now" }).click();
      await enterCode(page, sandbox, { processId: id, to: USER.email });
      assert.equal(late, 1, "the page was opened with a one-time code");
      await page.getByRole("button", { name: "Sign now" }).click();
      await following(page).waitFor();
      await state(page, "Everyone has signed");
    });
  });

  test("shows that a signer declined", async () => {
    await visit(browser, "declined", async (page) => {
      await page.goto(stage.url);
      await page.getByLabel(/^I will also sign/).check();
      await chooseFile(page);
      await enterSigner(page, 1, BEAT);
      await page.getByRole("button", { name: "Upload and continue" }).click();
      const id = await setUp(page, sandbox);
      await send(page);
      await following(page).waitFor();
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
      // Who did nothing has not failed.
      const idle = page.locator(".badge", { hasText: "Did not sign" });
      const badges = page.locator(".badge", { hasText: "Declined" });
      const colour = (badge) =>
        badge.evaluate((node) => getComputedStyle(node).backgroundColor);
      assert.notEqual(await colour(idle), await colour(badges));
      await checkPage(page, "declined");
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

  test("continues after the back button and a reload, and separates tabs", async () => {
    await visit(browser, "back", async (page, context) => {
      await upload(page, stage);
      const id = await setUp(page, sandbox);
      while (page.url().startsWith(sandbox.url)) await page.goBack();
      await page
        .getByRole("heading", { name: "Preparation is not finished" })
        .waitFor();
      await checkPage(page, "unfinished");
      await page.reload();
      await page.getByRole("button", { name: "Continue preparation" }).click();
      await page
        .getByRole("heading", { name: "Prepare documents for signing" })
        .waitFor();
      // The return link of the platform's page.
      await page.getByRole("link", { name: "Home" }).click();
      await page.getByRole("button", { name: "Continue preparation" }).click();
      await send(page);
      await following(page).waitFor();

      // A second tab starts another process. The first tab keeps its own.
      const second = await context.newPage();
      const other = await released(second, {
        signer: { ...BEAT, firstName: "Berta" },
      });
      assert.notEqual(other, id);
      await page.reload();
      await page.getByText("Beat Müller", { exact: true }).waitFor();
      // A third tab opens the return URL of the first.
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

  test("continues a cancelled or reloaded upload with the same process", async () => {
    const slow = {
      match: { operation: "attach", times: 1 },
      action: { latencyMs: 20_000 },
    };
    await sandbox.control("DELETE", "/requests");
    await visit(browser, "interrupted", async (page) => {
      await sandbox.control("POST", "/faults", slow);
      await upload(page, stage);
      await page.getByText(/Uploading Offer 2026\.pdf/).waitFor();
      await page
        .getByText(/[1-9.] kB uploaded$/)
        .first()
        .waitFor();
      await checkPage(page, "uploading");
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByText("Upload cancelled.").waitFor();
      await checkPage(page, "cancelled");
      assert.equal(await page.getByLabel("First name").inputValue(), "Beat");

      await sandbox.control("POST", "/faults", slow);
      await page.getByRole("button", { name: "Upload and continue" }).click();
      await page.getByText(/Uploading Offer 2026\.pdf/).waitFor();
      await page.reload();
      await page
        .getByRole("heading", { name: "The upload was interrupted" })
        .waitFor();
      await checkPage(page, "interrupted");
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
      assert.equal(requests.length, 1, "all three attempts use one process");
    });
  });

  /** Continues to the platform's page, whether the file is attached already or not. */
  async function continueToPlatform(page) {
    const code = page.getByRole("heading", { name: "Enter your access code" });
    const prepared = page.getByRole("button", {
      name: "Continue preparation",
    });
    await code.or(prepared).waitFor();
    if (await prepared.isVisible()) await prepared.click().catch(() => {});
  }

  test("does not send the file again if the response to the upload is lost", async () => {
    await visit(
      browser,
      "lost",
      async (page) => {
        await sandbox.control("DELETE", "/requests");
        const first = { operation: "attach", times: 1 };
        await sandbox.control("POST", "/faults", {
          match: first,
          action: { drop: "closeAfter" },
        });
        // The example looks up the file and finds it.
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
      { expected: [/status of 50\d/] },
    );
  });

  test("reports a lost connection and continues when it is back", async () => {
    const expected = [/net::ERR_(INTERNET|NETWORK)_/];
    await visit(
      browser,
      "offline",
      async (page, context) => {
        await page.clock.install();
        const id = await released(page);
        await context.setOffline(true);
        await page.getByText(/You are offline\./).waitFor();
        await checkPage(page, "offline");
        await sandbox.control(
          "POST",
          `/processes/${id}/participants/signer-1/sign`,
        );
        for (let poll = 0; poll < 2; poll += 1) {
          const failed = page.waitForEvent("requestfailed");
          await page.clock.fastForward(POLL_INTERVAL_MS);
          await failed;
        }
        await context.setOffline(false);
        await page.clock.fastForward(POLL_INTERVAL_MS);
        await state(page, "Everyone has signed");
        assert.equal(
          await page.getByText(/You are offline\./).isVisible(),
          false,
        );
      },
      { expected },
    );
  });

  test("survives restarts of the relay during the upload and while it follows", async () => {
    const expected = [/net::ERR_(CONNECTION|EMPTY|SOCKET)_/];
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
        await checkPage(page, "relay-down");
        await stage.startRelay();
        // The relay is killed during the upload.
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
        await continueToPlatform(page);
        const id = await setUp(page, sandbox);
        await send(page);
        await following(page).waitFor();
        await stage.stopRelay();
        await sandbox.control(
          "POST",
          `/processes/${id}/participants/signer-1/sign`,
        );
        await page.waitForEvent("requestfailed");
        await stage.startRelay();
        await state(page, "Everyone has signed");
        const { fileReferences } = await sandbox.api("GET", `/${id}`);
        assert.equal(fileReferences.length, 1, "the file is attached once");
      },
      { expected },
    );
  });

  test("loses nothing when the session expires in the form or while it follows", async () => {
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
        await checkPage(page, "session");
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
      { expected: [/status of 401/] },
    );
  });
}
