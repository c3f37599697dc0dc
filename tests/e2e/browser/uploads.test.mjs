// Uploads of the packed package in Chromium against a loopback server.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { collectErrors, startBrowser } from "../support/browser.mjs";
import { serve } from "../support/server.mjs";
import { until } from "../support/async.mjs";

const dist = new URL(".", import.meta.resolve("swisscom-sign"));

const ID = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";
const SIZE = 3 * 1024 * 1024 + 1;

let server;
let browser;
let page;
let errors;
const calls = [];
let behaviour = "works";

before(async () => {
  server = await serve(async (request, response) => {
    const { url, headers } = request;
    if (url === "/") {
      return response.setHeader("content-type", "text/html").end("<h1>page");
    }
    if (url.startsWith("/dist/")) {
      const file = await readFile(new URL(url.slice(6), dist));
      return response.setHeader("content-type", "text/javascript").end(file);
    }
    const call = { url, headers, chunks: [] };
    calls.push(call);
    request.on("close", () => (call.closed = true));
    if (behaviour === "stuck") return request.once("data", () => undefined);
    for await (const chunk of request) call.chunks.push(chunk);
    call.body = Buffer.concat(call.chunks);
    if (behaviour === "reset") return response.destroy();
    if (behaviour === "redirect") {
      behaviour = "works";
      return response.writeHead(307, { location: "/api/elsewhere" }).end();
    }
    response.writeHead(201, { "content-type": "application/json" });
    response.end('{"fileId":"file-1"}');
  });
  browser = await startBrowser();
  page = await browser.newPage();
  errors = collectErrors(page.context());
  await page.goto(server.url);
});
after(async () => {
  errors?.check(/ERR_EMPTY_RESPONSE/);
  await browser?.close();
  await server?.end();
});

/** Attaches in the page: result or error, progress events, and the number of XMLHttpRequests. */
const attach = (options = {}) =>
  page.evaluate(
    async ({ id, size, relay, watched, abort, injected }) => {
      const { createClient } = await import("/dist/index.mjs");
      const origin = location.origin;
      let xhrs = 0;
      const own = XMLHttpRequest.prototype.send;
      XMLHttpRequest.prototype.send = function (body) {
        xhrs += 1;
        return own.call(this, body);
      };
      const common = {
        maxRetries: 0,
        ...(injected && { fetch: (request) => fetch(request) }),
      };
      const sign = await createClient(
        relay
          ? { relay: origin, userToken: () => "user", ...common }
          : {
              environment: { apiUrl: origin },
              accessToken: () => "token",
              ...common,
            },
      );
      const process = sign.processes.resume({
        version: 1,
        id,
        state: "CREATED",
      });
      const bytes = new Uint8Array(size).map((_, at) => (at * 31) & 255);
      bytes.set([0x25, 0x50, 0x44, 0x46, 0x2d]);
      const progress = [];
      const controller = new AbortController();
      const onProgress = (event) => {
        progress.push(event);
        if (abort && event.phase === "sending" && event.bytes > 0)
          controller.abort("enough");
      };
      try {
        const done = await process.attach(
          new File([bytes], "offer.pdf"),
          { externalIdentifier: "offer", ...(watched && { onProgress }) },
          { signal: controller.signal },
        );
        return { done, progress, xhrs };
      } catch (error) {
        const { name, code, message } = error;
        return {
          name,
          code,
          message,
          cause: String(error.cause),
          progress,
          xhrs,
        };
      } finally {
        XMLHttpRequest.prototype.send = own;
      }
    },
    { id: ID, size: SIZE, watched: true, ...options },
  );

const bytes = Buffer.from(new Uint8Array(SIZE).map((_, at) => (at * 31) & 255));
bytes.set([0x25, 0x50, 0x44, 0x46, 0x2d]);

test("an upload with onProgress uses XMLHttpRequest and sends every byte", async () => {
  for (const relay of [false, true]) {
    behaviour = "works";
    const { done, progress, xhrs } = await attach({ relay });
    assert.deepEqual([done, xhrs], [{ fileId: "file-1" }, 1]);
    const call = calls.pop();
    assert.equal(call.headers["content-length"], String(call.body.length));
    assert.equal(
      call.headers.authorization,
      `Bearer ${relay ? "user" : "token"}`,
    );
    if (relay) {
      assert.ok(call.body.equals(bytes));
      assert.equal(call.url, `/relay/process/${ID}/file`);
      assert.equal(call.headers["content-type"], "application/pdf");
      assert.deepEqual(JSON.parse(call.headers["relay-file"]), {
        name: "offer.pdf",
        externalIdentifier: "offer",
      });
    } else {
      const { content, name } = JSON.parse(call.body);
      assert.ok(Buffer.from(content, "base64").equals(bytes));
      assert.equal(name, "offer.pdf");
      assert.equal(call.headers["content-type"], "application/json");
    }
    const phases = [...new Set(progress.map(({ phase }) => phase))];
    assert.deepEqual(phases, [
      ...(relay ? [] : ["reading"]),
      "sending",
      "done",
    ]);
    for (const phase of phases) {
      const seen = progress
        .filter((event) => event.phase === phase)
        .map(({ bytes }) => bytes);
      assert.deepEqual(
        seen,
        [...seen].sort((a, b) => a - b),
      );
      assert.equal(seen.at(-1), SIZE);
    }
  }
});

test("an upload without onProgress, or with an injected fetch, uses fetch", async () => {
  behaviour = "works";
  for (const options of [{ watched: false }, { injected: true }]) {
    const { done, xhrs } = await attach(options);
    assert.deepEqual([done, xhrs], [{ fileId: "file-1" }, 0]);
    const { content } = JSON.parse(calls.pop().body);
    assert.ok(Buffer.from(content, "base64").equals(bytes));
  }
});

test("fetch and XMLHttpRequest report the same errors for aborts, lost connections and redirects", async () => {
  for (const watched of [true, false]) {
    behaviour = "reset";
    const lost = await attach({ watched });
    assert.equal(lost.code, "uncertain_outcome", JSON.stringify(lost));
    assert.match(lost.cause, /^ConnectionError/);
    behaviour = "redirect";
    const moved = await attach({ watched });
    assert.match(moved.message, /redirect/);
  }
  behaviour = "stuck";
  calls.length = 0;
  const aborted = await attach({ abort: true });
  assert.deepEqual(
    [aborted.name, aborted.cause, aborted.xhrs],
    ["AbortError", "enough", 1],
  );
  await until(() => calls[0].closed);
});
