// The hosted pages in a browser without JavaScript, by keyboard.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { collectErrors, startBrowser } from "../../support/browser.mjs";
import { startSandbox } from "../../support/sandbox.mjs";
import { checkPage, createDraft, startApplication, tabTo } from "./support.mjs";

let sandbox;
let browser;
let application;

before(async () => {
  [sandbox, browser, application] = await Promise.all([
    startSandbox(),
    startBrowser(),
    startApplication(),
  ]);
});
after(() =>
  Promise.all([sandbox?.end(), browser?.close(), application?.end()]),
);

const signer = (reference, more = {}) => ({
  type: "SIGNER",
  firstName: "Zoë",
  lastName: "Müller",
  email: `${reference}@example.ch`,
  externalIdentifier: reference,
  ...more,
});

const request = (signers, more = {}) => ({
  signatureLevel: "ADVANCED",
  initiator: { type: "NON_PERSON", name: "Muster AG" },
  invitees: {
    personalMessage: "Please sign until Friday.\nThank you!",
    signers,
  },
  ...more,
});

/** Fails on console errors that none of `expected` matches. */
async function visit({ expected = [], ...options }, act) {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 1180, height: 860 },
    ...options,
  });
  const errors = collectErrors(context);
  try {
    await act(await context.newPage(), context);
    errors.check(...expected);
  } finally {
    await context.close();
  }
}

async function released(signers, more, release = {}) {
  const references = signers.map((signer) => signer.externalIdentifier);
  const id = await createDraft(sandbox, request(signers, more), references);
  await sandbox.api("POST", `/${id}/release`, release);
  return id;
}

test("a signer enters the code of the outbox, signs and returns to the application", async () => {
  const id = await released(
    [signer("anna", { mobile: "+41791234567" }), signer("beat")],
    {},
    { notification: { locale: "de-CH" } },
  );
  const { url } = await sandbox.api("POST", `/${id}/open/anna`, {
    language: "de-CH",
    backUrl: `${application.url}/back`,
    successUrl: `${application.url}/done?order=7`,
  });
  await visit({ expected: [/status of 403 .*\/code/] }, async (page) => {
    await page.goto(url);
    assert.doesNotMatch(page.url(), /open=|code=/);
    await page
      .getByRole("heading", { name: "Geben Sie Ihren Zugangscode ein" })
      .waitFor();
    await checkPage(page, "code");
    const { code, channel, to } = await sandbox.message({
      type: "CODE",
      processId: id,
    });
    assert.deepEqual([channel, to], ["SMS", "+41791234567"]);

    const field = page.getByLabel("Zugangscode");
    await field.focus();
    await page.keyboard.type("000000" === code ? "111111" : "000000");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await checkPage(page, "code-wrong");
    await page.getByLabel("Zugangscode").focus();
    await page.keyboard.type(code);
    await page.keyboard.press("Enter");

    await page.getByRole("heading", { name: "Signieren", level: 1 }).waitFor();
    assert.equal(
      await page.getByRole("link", { name: "Startseite" }).getAttribute("href"),
      `${application.url}/back`,
    );
    await checkPage(page, "sign");
    const file = await page
      .getByRole("link", { name: /Offer 2026\.pdf/ })
      .getAttribute("href");
    const document = await page
      .context()
      .request.get(new URL(file, sandbox.url).href);
    assert.equal(document.headers()["content-type"], "application/pdf");
    assert.equal((await document.body()).subarray(0, 5).toString(), "%PDF-");

    await tabTo(page, page.getByRole("button", { name: "Jetzt signieren" }));
    await page.keyboard.press("Enter");
    await page.waitForURL(`${application.url}/done?**`);
    const query = new URL(page.url()).searchParams;
    const details = await sandbox.api("GET", `/${id}`);
    const [anna] = details.invitees.signers;
    assert.deepEqual(Object.fromEntries(query), {
      order: "7",
      process: id,
      participant: anna.identification,
    });
    assert.equal(anna.status, "SIGNED");
    assert.equal(details.status, "PENDING");

    await page.goto(url);
    await page.getByText("Sie haben signiert.").waitFor();
    await checkPage(page, "signed");
  });
});

test("a one-time code opens the page once, for one browser", async () => {
  const id = await released([signer("anna")]);
  const { url } = await sandbox.api("POST", `/${id}/open/anna`, {
    skipAuthorization: true,
    language: "fr-CH",
  });
  await visit({ viewport: { width: 390, height: 844 } }, async (page) => {
    await page.goto(url);
    await page.getByRole("button", { name: "Signer maintenant" }).waitFor();
    await checkPage(page, "sign-small");
    await page.reload();
    await page.getByRole("button", { name: "Signer maintenant" }).waitFor();
  });
  await visit({}, async (page) => {
    await page.goto(url);
    await page
      .getByRole("heading", { name: "Saisissez votre code d’accès" })
      .waitFor();
  });
});

test("a signer delegates, another declines with a reason", async () => {
  const id = await released([signer("anna"), signer("beat")]);
  const open = async (person) =>
    (
      await sandbox.api("POST", `/${id}/open/${person}`, {
        skipAuthorization: true,
      })
    ).url;
  await visit({}, async (page) => {
    await page.goto(await open("anna"));
    await tabTo(
      page,
      page.locator("summary", { hasText: "Assign to someone else" }),
    );
    await page.keyboard.press("Enter");
    for (const [label, value] of [
      ["First name", "<b>Eva</b>"],
      ["Last name", "O'Neil & Co"],
      ["Email address", "eva@example.ch"],
    ]) {
      await tabTo(page, page.getByLabel(label));
      await page.keyboard.type(value);
    }
    await checkPage(page, "delegate");
    await page.keyboard.press("Enter");
    await page
      .getByText("You assigned your signature to someone else.")
      .waitFor();
    await page.getByText("<b>Eva</b> O'Neil & Co").waitFor();
    const { invitees } = await sandbox.api("GET", `/${id}`);
    assert.deepEqual(
      invitees.signers.map((signer) => signer.status),
      ["REPLACED", "PENDING", "PENDING"],
    );

    await page.goto(await open("beat"));
    await tabTo(page, page.locator("summary", { hasText: "Decline to sign" }));
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByLabel("Reason"));
    await page.keyboard.type("The price is wrong.");
    await tabTo(page, page.getByRole("button", { name: "Decline" }));
    await page.keyboard.press("Enter");
    await page.getByText("You declined to sign.").waitFor();
    await checkPage(page, "declined");
    const { records } = await sandbox.api("GET", `/${id}/record`);
    assert.equal(records[0].extras.transaction_reason, "The price is wrong.");
  });
});

test("a signature by SMS is confirmed with the code of the outbox", async () => {
  const id = await released([signer("anna")]);
  const { url } = await sandbox.api("POST", `/${id}/open/anna`, {
    skipAuthorization: true,
    language: "de-CH",
    successUrl: `${application.url}/done`,
  });
  await visit(
    { expected: [/status of 409/, /status of 403/] },
    async (page) => {
      await page.goto(url);
      await page.getByLabel("Code per SMS", { exact: true }).check();
      const sign = page.getByRole("button", { name: "Jetzt signieren" });
      await sign.click();
      // Anna has no mobile number yet.
      await page.getByRole("alert").getByRole("link").click();
      await page.keyboard.type("+41791234567");
      await checkPage(page, "sign-mobile");
      await page.keyboard.press("Enter");
      await page
        .getByRole("heading", { name: "Bestätigen Sie Ihre Signatur" })
        .waitFor();
      await checkPage(page, "confirm");
      const { code, to } = await sandbox.message({
        type: "CODE",
        processId: id,
      });
      assert.equal(to, "+41791234567");
      const field = page.getByLabel("Code aus der SMS");
      await field.fill(code === "000000" ? "111111" : "000000");
      await field.press("Enter");
      await page.getByRole("alert").waitFor();
      await checkPage(page, "confirm-wrong");
      await field.fill(code);
      await field.press("Enter");
      await page.waitForURL(`${application.url}/done?**`);
      const details = await sandbox.api("GET", `/${id}`);
      assert.equal(details.status, "COMPLETED");
    },
  );
});

test("explains on a page why it rejects a qualified signature", async () => {
  const id = await released([signer("anna")], { signatureLevel: "QUALIFIED" });
  const { url } = await sandbox.api("POST", `/${id}/open/anna`, {
    skipAuthorization: true,
    language: "it-CH",
  });
  await visit({ expected: [/status of 409 .*\/sign/] }, async (page) => {
    await page.goto(url);
    await tabTo(page, page.getByRole("button", { name: "Firma ora" }));
    await page.keyboard.press("Enter");
    await page
      .getByRole("heading", {
        name: "Le firme qualificate non sono disponibili nella sandbox",
      })
      .waitFor();
    await checkPage(page, "qes");
  });
});

test("the initiator logs in, places signatures, sets the order and sends", async () => {
  const id = await createDraft(
    sandbox,
    request([signer("anna"), signer("beat", { firstName: "Beat" })]),
    ["anna"],
  );
  const { url } = await sandbox.api("POST", `/${id}/setup`, {
    language: "en-GB",
    successUrl: `${application.url}/set-up`,
  });
  await visit({ expected: [/status of 409 .*\/complete/] }, async (page) => {
    await page.goto(url);
    await page.getByRole("heading", { name: "Choose an account" }).waitFor();
    await checkPage(page, "login");
    await tabTo(page, page.getByRole("button", { name: /Dora Dubois/ }));
    await page.keyboard.press("Enter");
    await page
      .getByRole("heading", { name: "Prepare documents for signing" })
      .waitFor();
    await checkPage(page, "setup");

    const send = page.getByRole("button", { name: "Send for signature" });
    await tabTo(page, send);
    await page.keyboard.press("Enter");
    await page
      .getByText("Beat Müller: no signature is placed on any document.")
      .waitFor();
    await checkPage(page, "setup-refused");

    const row = page.getByRole("group", { name: "Beat Müller" }).first();
    for (const [label, value] of [
      ["Page", "1"],
      ["From the left", "300"],
      ["From the top", "640"],
    ]) {
      await tabTo(page, row.getByLabel(label));
      await page.keyboard.type(value);
    }
    await page.getByLabel("Order: Beat Müller").fill("1");
    await page.getByLabel("Order: Zoë Müller").fill("2");
    await page.getByLabel("Sign in this order").check();
    await page
      .getByLabel("Message to the signers")
      .fill("In this order, please.");
    await tabTo(page, send);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${application.url}/set-up?**`);
    const details = await sandbox.api("GET", `/${id}`);
    assert.deepEqual(Object.fromEntries(new URL(page.url()).searchParams), {
      id,
      participant: details.initiator.identification,
    });
    assert.deepEqual(
      details.invitees.signers.map((signer) => signer.status),
      ["WAITING", "PENDING"],
    );
    const { text, to } = await sandbox.message({
      type: "INVITE",
      processId: id,
    });
    assert.equal(to, "beat@example.ch");
    assert.match(text, /In this order, please\./);

    await page.goto(url);
    await page
      .getByText("You have sent the documents for signature.")
      .waitFor();
    await checkPage(page, "setup-released");
  });
});

test("the setup page warns of signatures that overlap, and sends them if that is accepted", async () => {
  const initiator = { type: "PERSON", email: "eva@example.ch" };
  const people = [signer("anna"), signer("beat", { firstName: "Beat" })];
  const id = await createDraft(sandbox, request(people, { initiator }), [
    "anna",
    "beat",
  ]);
  const { url } = await sandbox.api("POST", `/${id}/setup`, {
    language: "en-GB",
  });
  await visit({ expected: [/status of 409 .*\/complete/] }, async (page) => {
    await page.goto(url);
    const { code } = await sandbox.message({ type: "CODE", processId: id });
    await page.getByLabel("Access code").fill(code);
    await page.keyboard.press("Enter");
    const send = page.getByRole("button", { name: "Send for signature" });
    await send.waitFor();
    const warning = page.getByText(
      "Offer 2026.pdf, page 1: the signatures of Zoë Müller and Beat Müller overlap.",
    );
    assert.equal(await warning.count(), 0);
    const row = page.getByRole("group", { name: "Beat Müller" }).first();
    await row.getByLabel("From the left").fill("100");
    await send.click();
    await page.getByRole("alert").getByRole("link").waitFor();
    await checkPage(page, "setup-overlap");
    assert.equal((await sandbox.api("GET", `/${id}`)).status, "CREATED");
    await page.getByLabel("Send although signatures overlap").check();
    await send.click();
    await page
      .getByText("You have sent the documents for signature.")
      .waitFor();
  });
});

test("only an EMBEDDED page can be framed by another site", async () => {
  const id = await released([signer("anna")]);
  const open = (mode) =>
    sandbox.api("POST", `/${id}/open/anna`, { skipAuthorization: true, mode });
  const [embedded, own] = [await open("EMBEDDED"), await open("DEFAULT")];
  const host = await startApplication(
    (path) =>
      `<h1>Shop</h1><iframe width="1000" height="700" src="${path === "/embedded" ? embedded.url : own.url}"></iframe>`,
  );
  try {
    await visit({ expected: [/frame-ancestors 'none'/] }, async (page) => {
      // `localhost` and 127.0.0.1 are different sites.
      await page.goto(`http://localhost:${host.port}/embedded`);
      const frame = page.frameLocator("iframe");
      await frame.getByRole("button", { name: "Sign now" }).waitFor();
      assert.equal(await frame.getByRole("banner").count(), 0);
      await checkPage(page, "embedded");
      // The document opens outside the frame, where the browser does not send the cookie of the frame.
      const opens = page.context().waitForEvent("page");
      const answered = page
        .context()
        .waitForEvent("response", (answer) => answer.url().includes("/file/"));
      await frame.getByRole("link", { name: /Offer 2026\.pdf/ }).click();
      assert.equal(
        (await answered).headers()["content-type"],
        "application/pdf",
      );
      await (await opens).close();
      await frame.getByRole("button", { name: "Sign now" }).click();
      await frame.getByText("Everyone has signed.").waitFor();

      await page.goto(`http://localhost:${host.port}/own`);
      // The browser replaces a page that it rejects with its own error page.
      const [, refused] = page.frames();
      await refused.waitForURL(/^chrome-error:/);
    });
  } finally {
    await host.end();
  }
});

test("logs in inside a frame of another site", async () => {
  const anna = signer("anna", { email: "anna@example.ch" });
  const id = await released([anna], { authorization: "ACCOUNT" });
  const { url } = await sandbox.api("POST", `/${id}/open/anna`, {
    mode: "EMBEDDED",
  });
  const host = await startApplication(
    () =>
      `<h1>Shop</h1><iframe width="900" height="600" src="${url}"></iframe>`,
  );
  try {
    await visit({}, async (page) => {
      await page.goto(`http://localhost:${host.port}/`);
      const frame = page.frameLocator("iframe");
      await frame.getByRole("button", { name: /Anna Ammann/ }).click();
      await frame.getByRole("button", { name: "Sign now" }).click();
      await frame.getByText("Everyone has signed.").waitFor();
    });
  } finally {
    await host.end();
  }
});

test("follows a redirect of the success URL", async () => {
  const id = await released([signer("anna")]);
  const hop = await startApplication((path, answer) => {
    answer.writeHead(302, { location: `${application.url}/home` });
    return "";
  });
  try {
    const { url } = await sandbox.api("POST", `/${id}/open/anna`, {
      skipAuthorization: true,
      successUrl: `${hop.url}/success`,
    });
    await visit({}, async (page) => {
      await page.goto(url);
      await page.getByRole("button", { name: "Sign now" }).click();
      await page.waitForURL(`${application.url}/home`);
    });
  } finally {
    await hop.end();
  }
});

test("uses a success URL that was set while the page was open", async () => {
  const id = await released([signer("anna")]);
  const open = (more) =>
    sandbox.api("POST", `/${id}/open/anna`, {
      skipAuthorization: true,
      ...more,
    });
  await visit({}, async (page) => {
    await page.goto((await open()).url);
    const successUrl = `${application.url}/later`;
    const other = await page.context().newPage();
    await other.goto((await open({ successUrl })).url);
    // The policy of the rendered page does not allow forms to leave the origin.
    await page.getByRole("button", { name: "Sign now" }).click();
    await page.waitForURL(`${successUrl}?**`);
    await page.goBack();
    await page.getByText("Everyone has signed.").waitFor();
  });
});

test("the dashboard shows processes and outbox in the chosen language", async () => {
  await visit({}, async (page) => {
    await page.goto(sandbox.url);
    await page.getByRole("region", { name: "Outbox" }).first().waitFor();
    assert.ok((await page.locator("tbody tr").count()) > 5);
    await checkPage(page, "dashboard");
    await page.getByRole("link", { name: "Deutsch" }).click();
    await page.getByRole("heading", { name: "Postausgang" }).waitFor();
  });
});

test("the admin token opens the dashboard read-only until logout", async () => {
  const token = "an admin token of some length";
  const guarded = await startSandbox(["--admin-token", token]);
  try {
    await visit(
      { expected: [/status of 401/, /status of 403 .*\/login/] },
      async (page) => {
        await page.goto(`${guarded.url}/_sandbox`);
        await page
          .getByRole("heading", { name: "Administrator login" })
          .waitFor();
        await checkPage(page, "guard");
        const enter = async (text) => {
          await tabTo(page, page.getByLabel("Admin token"));
          await page.keyboard.type(text);
          await page.keyboard.press("Enter");
        };
        await enter("another token");
        await page.getByRole("alert").waitFor();
        await enter(token);
        await page.getByRole("heading", { name: "Processes" }).waitFor();
        assert.equal(page.url(), `${guarded.url}/`);
        const [cookie] = await page.context().cookies();
        assert.deepEqual(
          [cookie.httpOnly, cookie.sameSite, cookie.path],
          [true, "Strict", "/"],
        );
        // The cookie allows reads only.
        const info = await page.goto(`${guarded.url}/_sandbox/info`);
        assert.equal(info.status(), 200);
        const reset = await page
          .context()
          .request.post(`${guarded.url}/_sandbox/reset`);
        assert.equal(reset.status(), 401);
        await page.goto(guarded.url);
        await checkPage(page, "dashboard-guarded");
        await page.getByRole("button", { name: "Log out" }).press("Enter");
        await page.getByLabel("Admin token").waitFor();
      },
    );
  } finally {
    await guarded.end();
  }
});

test("no page violates its content security policy", async () => {
  const id = await released([signer("anna")]);
  const { url } = await sandbox.api("POST", `/${id}/open/anna`, {
    skipAuthorization: true,
  });
  await visit({ javaScriptEnabled: true }, async (page) => {
    for (const address of [url, sandbox.url, `${sandbox.url}/cockpit/login`]) {
      await page.goto(address);
      await page.waitForLoadState("networkidle");
    }
  });
});

test("a signer reads the document and the e-mail with the code before signing", async () => {
  const id = await released([signer("anna")]);
  const { url } = await sandbox.api("POST", `/${id}/open/anna`, {});
  await visit({ javaScriptEnabled: true }, async (page, context) => {
    await page.goto(url);
    // The code from the outbox, in a tab of its own.
    const outbox = await context.newPage();
    await outbox.goto(sandbox.url);
    const row = outbox.getByRole("row").filter({ hasText: "anna@example.ch" });
    await row.getByRole("link", { name: "Access code" }).first().click();
    const { code } = JSON.parse(await outbox.locator("body").innerText());
    await outbox.close();
    await page.getByLabel("Access code").fill(code);
    await page.getByRole("button", { name: "Continue" }).click();
    const opens = context.waitForEvent("page");
    await page.getByRole("link", { name: /Offer 2026\.pdf/ }).click();
    const document = await opens;
    await document.waitForURL(/\/file\//);
    // As the tab of a document does, without the cookie of the pages.
    await document.goto(`${sandbox.url}/favicon.ico`);
    await document.close();
    await page.getByRole("button", { name: "Sign now" }).click();
    await page.getByText("Everyone has signed.").waitFor();
  });
});

test("a page that refuses a form leads back to it", async () => {
  const id = await released([signer("anna")]);
  const { url } = await sandbox.api("POST", `/${id}/open/anna`, {
    skipAuthorization: true,
  });
  await visit({ expected: [/status of 403/] }, async (page, context) => {
    await page.goto(url);
    await page.getByRole("button", { name: "Sign now" }).waitFor();
    await context.clearCookies();
    await page.getByRole("button", { name: "Sign now" }).click();
    await page.getByRole("heading", { name: "Please try again" }).waitFor();
    await checkPage(page, "form-refused");
    await page.getByRole("main").getByRole("link", { name: "Back" }).click();
    await page
      .getByRole("heading", { name: "Enter your access code" })
      .waitFor();
    const { code } = await sandbox.message({ type: "CODE", processId: id });
    await page.getByLabel("Access code").fill(code);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: "Sign now" }).click();
    await page.getByText("Everyone has signed.").waitFor();
  });
});
