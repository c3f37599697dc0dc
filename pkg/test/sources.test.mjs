// Sources of files, with the real `fetch` and servers on loopback: which bytes are sent, and that every
// end of a call closes its source.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdtemp, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { createClient, AbortError, ConnectionError, ValidationError } from "swisscom-sign";

import { ID, rejection } from "./support.mjs";

const PDF = Buffer.from(`%PDF-1.4\n${"x".repeat(300_000)}`);
const SECRET = Buffer.from(`%PDF-1.4\n${"another customer's file ".repeat(2_000)}`);

let folder;
let local;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "swisscom-sign-sources-"));
  local = join(folder, "other-customer.pdf");
  await writeFile(local, SECRET);
});
after(() => rm(folder, { recursive: true, force: true }));

/** A platform on loopback: `answer` gets request and response; `bodies` has the files it received. */
async function platform(answer) {
  const bodies = [];
  const receive = async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    bodies.push(Buffer.from(JSON.parse(text).content, "base64"));
    response.writeHead(201, { "content-type": "application/json" }).end('{"fileId":"file-1"}');
  };
  const server = createServer((request, response) => {
    request.on("error", () => undefined);
    Promise.resolve((answer ?? receive)(request, response)).catch(() => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  const close = () => (server.close(), server.closeAllConnections());
  return { bodies, url: `http://127.0.0.1:${server.address().port}`, close };
}

async function draft(url, more = {}) {
  const environment = { apiUrl: url };
  const options = { environment, accessToken: () => "token", maxRetries: 0, ...more };
  const sign = await createClient(options);
  return sign.processes.resume({ version: 1, id: ID, state: "CREATED" });
}

describe("sends the bytes of the stream, not the local file that its `path` names", () => {
  const chunks = async function* () {
    yield PDF.subarray(0, 100_000);
    yield PDF.subarray(100_000);
  };
  const entries = {
    "a Node stream": () => Readable.from(chunks()),
    "a web stream": () => new Blob([PDF]).stream(),
    "an iterable": () => chunks(),
    "a Blob": () => new Blob([PDF]),
  };
  for (const [name, create] of Object.entries(entries)) {
    for (const size of [PDF.length, undefined]) {
      test(`${name}, ${size === undefined ? "of unknown size" : "with its size"}`, async () => {
        const { bodies, url, close } = await platform();
        const process = await draft(url);
        const source = Object.assign(create(), { path: local });
        await process.attach(source, { name: "entry.pdf", size });
        await process.attach(() => Object.assign(create(), { path: local }), {
          name: "entry.pdf",
          size,
        });
        assert.equal(bodies.length, 2);
        for (const body of bodies) assert.ok(body.equals(PDF));
        close();
      });
    }
  }

  test("a range of a file", async () => {
    const { bodies, url, close } = await platform();
    const process = await draft(url);
    const path = join(folder, "range.pdf");
    await writeFile(path, Buffer.concat([Buffer.from("prefix"), PDF, Buffer.from("suffix")]));
    const range = { start: 6, end: 5 + PDF.length };
    await process.attach(createReadStream(path, range), { name: "a.pdf", size: PDF.length });
    assert.ok(bodies[0].equals(PDF));
    close();
  });
});

test("accepts `{ path }` of plain objects only", async () => {
  const { bodies, url, close } = await platform();
  const process = await draft(url);
  class Entry {
    path = local;
  }
  for (const source of [
    new Entry(),
    Object.assign(() => undefined, { path: local }),
    { path: 1 },
  ]) {
    const error = await rejection(process.attach(source, { name: "a.pdf" }));
    assert.ok(error instanceof ValidationError, String(error));
    assert.match(error.message, /expected bytes, a Blob, a stream, \{ path \}/);
  }
  for (const source of [{ path: local }, Object.assign(Object.create(null), { path: local })]) {
    await process.attach(source);
  }
  assert.equal(bodies.length, 2);
  close();
});

test("rejects a source whose known size differs from `size`", async () => {
  const { bodies, url, close } = await platform();
  const process = await draft(url);
  for (const source of [{ path: local }, PDF, new Blob([PDF])]) {
    const error = await rejection(process.attach(source, { name: "a.pdf", size: 7 }));
    assert.ok(error instanceof ValidationError, String(error));
    assert.match(error.message, /size mismatch/);
  }
  assert.equal(bodies.length, 0);
  close();
});

/** The descriptors of this process that belong to files of the test. */
async function openFiles() {
  const open = [];
  for (const entry of await readdir("/proc/self/fd")) {
    const target = await readlink(`/proc/self/fd/${entry}`).catch(() => "");
    if (target.startsWith(folder)) open.push(target);
  }
  return open;
}

describe("every end of a call closes its source", () => {
  const ends = {
    success: { run: async (attach, url) => await attach(await draft(url)) },
    "a refusal of the platform": {
      answer: (request, response) => void response.writeHead(409).end(),
      run: async (attach, url) => await rejection(attach(await draft(url))),
    },
    "an invalid request": {
      run: async (attach, url) =>
        await rejection(attach(await draft(url), { externalIdentifier: 5 })),
    },
    "invalid options": {
      run: async (attach, url) => {
        await rejection(attach(await draft(url), { onProgress: 1 }));
        await rejection(attach(await draft(url), {}, { timeoutMs: -1 }));
      },
    },
    "a state that forbids it": {
      run: async (attach, url) => {
        const sign = await createClient({ environment: { apiUrl: url }, accessToken: () => "t" });
        const released = sign.processes.resume({ version: 1, id: ID, state: "PENDING" });
        await rejection(attach(released));
      },
    },
    "a token failure": {
      run: async (attach, url) => {
        const accessToken = () => Promise.reject(new Error("no token"));
        await rejection(attach(await draft(url, { accessToken })));
      },
    },
    "a refused connection": {
      run: async (attach) => {
        const { url, close } = await platform();
        close();
        const error = await rejection(attach(await draft(url)));
        assert.ok(error instanceof ConnectionError, String(error));
      },
    },
    "an abort before the call": {
      run: async (attach, url) =>
        await rejection(attach(await draft(url), {}, { signal: AbortSignal.abort() })),
    },
    "an abort while the token is pending": {
      run: async (attach, url) => {
        const controller = new AbortController();
        const accessToken = () => new Promise(() => controller.abort());
        await rejection(
          attach(await draft(url, { accessToken }), {}, { signal: controller.signal }),
        );
      },
    },
    "an abort during the upload": {
      answer: () => undefined,
      run: async (attach, url) => {
        const signal = AbortSignal.timeout(100);
        const error = await rejection(attach(await draft(url), {}, { signal }));
        assert.ok(error instanceof AbortError, String(error));
      },
    },
    "a fetch that never settles": {
      run: async (attach, url) => {
        const fetch = () => new Promise(() => undefined);
        await rejection(attach(await draft(url, { fetch }), {}, { timeoutMs: 50 }));
      },
    },
    "a freed client": {
      run: async (attach, url) => {
        const sign = await createClient({ environment: { apiUrl: url }, accessToken: () => "t" });
        const process = sign.processes.resume({ version: 1, id: ID, state: "CREATED" });
        sign.free();
        await rejection(attach(process));
      },
    },
  };

  for (const [name, { answer, run }] of Object.entries(ends)) {
    test(name, async () => {
      const { url, close } = await platform(answer);
      const path = join(folder, "open.pdf");
      await writeFile(path, PDF);
      const streams = [];
      const made = (stream) => (streams.push(stream), stream);
      const open = () => made(createReadStream(path));
      const sources = [
        [open(), PDF.length],
        [open(), undefined],
        [open, PDF.length],
        [open, undefined],
        [{ path }, undefined],
      ];
      for (const [source, size] of sources) {
        await run(
          (process, details = {}, options) =>
            process.attach(source, { name: "a.pdf", size, ...details }, options),
          url,
        );
      }
      // The system closes descriptors asynchronously.
      while (streams.some(({ closed }) => !closed)) await sleep(5);
      while ((await openFiles()).length > 0) await sleep(5);
      close();
    });

    test(`${name}: web streams and iterables`, async () => {
      const { url, close } = await platform(answer);
      const closed = [];
      const stream = new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(PDF)),
        cancel: () => void closed.push("stream"),
      });
      const iterable = {
        [Symbol.asyncIterator]: () => iterable,
        sent: 0,
        next: async () => ({ done: false, value: new Uint8Array(PDF) }),
        return: async () => (closed.push("iterable"), { done: true }),
      };
      // Sources without an end: success is impossible, and a mismatch of the size closes them, too.
      const size = PDF.length;
      for (const source of [stream, iterable]) {
        await run(
          (process, details = {}, options) =>
            rejection(process.attach(source, { name: "a.pdf", size, ...details }, options)).then(
              (error) => Promise.reject(error),
            ),
          url,
        ).catch(() => undefined);
      }
      while (!(closed.includes("stream") && closed.includes("iterable"))) await sleep(5);
      close();
    });
  }

  test("an abort while a stalled stream is read", async () => {
    const { url, close } = await platform();
    const process = await draft(url);
    for (const size of [PDF.length, undefined]) {
      const stalled = new Readable({ read: () => undefined });
      stalled.push(PDF.subarray(0, 5_000));
      const pending = process.attach(stalled, { name: "a.pdf", size }, { timeoutMs: 100 });
      await rejection(pending);
      while (!stalled.closed) await sleep(5);
    }
    close();
  });

  test("a file that cannot be opened does not crash the process after a refusal", async () => {
    const { url, close } = await platform();
    const process = await draft(url);
    const stream = createReadStream(join(folder, "missing.pdf"));
    await rejection(process.attach(stream, { externalIdentifier: 5 }));
    while (!stream.closed) await sleep(5);
    close();
  });

  test("a function that is pending when the call is aborted", async () => {
    const { url, close } = await platform();
    const process = await draft(url);
    const late = Readable.from([PDF]);
    const controller = new AbortController();
    const source = async () => {
      controller.abort();
      await sleep(20);
      return late;
    };
    await rejection(
      process.attach(source, { name: "a.pdf", size: PDF.length }, { signal: controller.signal }),
    );
    while (!late.closed) await sleep(5);
    close();
  });
});
