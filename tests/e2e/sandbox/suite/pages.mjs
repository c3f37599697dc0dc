// The hosted pages through `fetch`, as a browser without JavaScript requests them.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { createClient } from "swisscom-sign";

import { smallPdf } from "../../../../js-examples/node-invite-and-sign/pdf.mjs";
import { connection, model, sandbox, started } from "../host.mjs";

let sign;
before(async () => {
  await started;
  sign = await createClient(connection());
});

/** A browser with cookies, redirects and forms. */
class Browser {
  #cookies = new Map();
  page = "";
  url = "";

  async #send(target, init = {}) {
    const url = new URL(target, this.url || sandbox.url);
    const cookie = [...this.#cookies].map((pair) => pair.join("=")).join("; ");
    const response = await sandbox.fetch(url, {
      ...init,
      redirect: "manual",
      headers: { ...(cookie && { cookie }), ...init.headers },
    });
    for (const set of response.headers.getSetCookie()) {
      const [name, value] = set.split(";")[0].split("=");
      this.#cookies.set(name, value);
    }
    this.url = url.href;
    const location = response.headers.get("location");
    if (response.status === 303) {
      const to = new URL(location, url);
      if (to.origin !== sandbox.url) return { status: 303, away: to.href };
      return this.#send(to.href);
    }
    this.page = await response.text();
    return { status: response.status, response };
  }

  visit(target, headers) {
    return this.#send(target, { headers });
  }

  /** Names and values of the inputs of the page. */
  fields() {
    const inputs = [...this.page.matchAll(/<input[^>]*>/g)].flat();
    const value = (input, name) =>
      input.match(new RegExp(`${name}="([^"]*)"`))?.[1];
    return Object.fromEntries(
      inputs
        .filter((input) => !/type="(checkbox|hidden)"/.test(input))
        .map((input) => [value(input, "name"), value(input, "value") ?? ""]),
    );
  }

  /** Submits the form whose action ends with `action`. */
  submit(action, fields = {}) {
    const path = this.page.match(new RegExp(`action="([^"]*${action})"`))?.[1];
    assert.ok(path, `no form ${action} in ${this.page}`);
    const csrf = this.page.match(/name="csrf" value="([^"]+)"/)[1];
    const body = new URLSearchParams({ csrf, ...fields });
    return this.#send(path, { method: "POST", body });
  }
}

async function pending(...signers) {
  const process = await sign.processes.create(model(...signers));
  await process.attach(smallPdf("page"), {
    name: "page.pdf",
    signaturePositions: signers.map((signer) => ({
      signer,
      pageNumber: 0,
      positionX: 50,
      positionY: 100,
    })),
  });
  const { participants } = await process.release();
  const url = (reference) =>
    participants.find(
      ({ externalIdentifier }) => externalIdentifier === reference,
    ).url;
  return { process, url };
}

test("a signer opens the link, enters the code and signs", async () => {
  const { process, url } = await pending("page-anna");
  const browser = new Browser();
  const codePage = await browser.visit(url("page-anna"), {
    "accept-language": "de-CH",
  });
  assert.equal(codePage.status, 200);
  assert.match(browser.page, /lang="de-CH"/);
  assert.match(
    codePage.response.headers.get("content-security-policy"),
    /default-src/,
  );
  const { code } = await sandbox.outbox.wait("page-anna@example.com");
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
  await browser.submit("/code", { code: wrong });
  assert.match(browser.page, /role="alert"/);
  await browser.submit("/code", { code });
  await browser.submit("/sign");
  assert.match(browser.page, /class="standing"/);
  assert.equal(await process.status(), "COMPLETED");
});

test("a one-time code works once, and a decline returns to the application", async () => {
  const { process } = await pending("page-beat");
  const { url } = await process.open("page-beat", {
    skipAuthorization: true,
    successUrl: "https://app.example.com/done",
  });
  const preview = await sandbox.fetch(url, { method: "HEAD" });
  assert.equal(preview.status, 200, "HEAD does not redeem the code");
  const browser = new Browser();
  await browser.visit(url);
  assert.match(browser.page, /\/sign"/);
  const second = new Browser();
  await second.visit(url);
  assert.match(second.page, /\/code"/);
  const { away } = await browser.submit("/decline", { reason: "Too dear" });
  assert.match(
    String(away ?? browser.page),
    /app\.example\.com|class="standing"/,
  );
  assert.equal(await process.status(), "EXPIRED");
});

test("the initiator releases a process on the setup page", async () => {
  const process = await sign.processes.create({
    ...model("page-carla"),
    initiator: {
      type: "PERSON",
      firstName: "Ida",
      lastName: "Muster",
      email: "page-ida@example.com",
    },
  });
  await process.attach(smallPdf("setup"), {
    name: "setup.pdf",
    signaturePositions: [
      { signer: "page-carla", pageNumber: 0, positionX: 50, positionY: 100 },
    ],
  });
  const { url } = await process.setup({ language: "it-CH" });
  const browser = new Browser();
  await browser.visit(url);
  assert.match(browser.page, /lang="it-CH"/);
  const { code } = await sandbox.outbox.wait("page-ida@example.com");
  await browser.submit("/code", { code });
  await browser.submit("/complete", browser.fields());
  assert.equal(await process.status(), "PENDING", browser.page);
});

test("serves dashboard and stylesheet, and 404 for an unknown page", async () => {
  const browser = new Browser();
  const dashboard = await browser.visit("/");
  assert.equal(dashboard.status, 200);
  assert.match(browser.page, /SANDBOX/i);
  const style = await browser.visit("/cockpit/style.css");
  assert.match(style.response.headers.get("content-type"), /^text\/css/);
  const { status } = await browser.visit("/cockpit/process/none");
  assert.equal(status, 404);
});

test("follows redirects unless the caller sets `redirect`", async () => {
  const { process } = await pending("page-dora");
  const open = () => process.open("page-dora", { skipAuthorization: true });
  const followed = await sandbox.fetch((await open()).url);
  assert.equal(followed.status, 200);
  assert.equal(followed.redirected, true);
  assert.doesNotMatch(followed.url, /code=/);
  const manual = await sandbox.fetch((await open()).url, {
    redirect: "manual",
  });
  assert.equal(manual.status, 303);
  const refused = sandbox.fetch((await open()).url, { redirect: "error" });
  await assert.rejects(refused, TypeError);
});
