// Uploads and downloads of the packed package, against loopback servers that record every byte.

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import {
  AbortError,
  AuthenticationError,
  RateLimitError,
  ServerError,
  SignError,
  ValidationError,
  createClient,
} from "swisscom-sign";

import { rejection, until } from "../support/async.mjs";
import { serve } from "../support/server.mjs";

const ID = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";
const MIB = 1024 * 1024;

/** `size` bytes with the header of a PDF. */
const bytesOf = (size) => {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 31 + (at >> 8)) & 255;
  bytes.set(Buffer.from("%PDF-").subarray(0, size));
  return bytes;
};

/** A server that records calls. `answer` gets request, response and the number of the call. */
async function startServer(answer = created) {
  const calls = [];
  const server = await serve(async (request, response) => {
    const call = { headers: request.headers, url: request.url, chunks: [] };
    calls.push(call);
    call.ended = false;
    request.on("close", () => (call.closed = true));
    request.on("error", () => undefined);
    await answer(request, response, calls.length, call);
  });
  return { calls, ...server };
}

async function read(request, call) {
  for await (const chunk of request) call.chunks.push(chunk);
  call.ended = true;
  return Buffer.concat(call.chunks);
}

async function created(request, response, _, call) {
  call.body = await read(request, call);
  response.writeHead(201, { "content-type": "application/json" });
  response.end('{"fileId":"file-1"}');
}

async function processAt(server, more = {}) {
  const sign = await createClient({
    environment: { apiUrl: server.url },
    accessToken: () => "token",
    maxRetries: 0,
    ...more,
  });
  return sign.processes.resume({ version: 1, id: ID, state: "CREATED" });
}

let folder;
before(async () => (folder = await mkdtemp(join(tmpdir(), "swisscom-sign-"))));
after(() => rm(folder, { recursive: true, force: true }));

/** The body of a client that holds the file in memory. */
const bufferedBody = (bytes, details) =>
  JSON.stringify({
    ...details,
    contentType: "application/pdf",
    content: bytes.toString("base64"),
  });

const around = (size) =>
  [-2, -1, 0, 1, 2].map((difference) => size + difference);
const SIZES = [
  ...[5, 6, 7, 8, 9, 10],
  ...around(12 * 1024),
  ...around(24 * 1024),
  ...around(192 * 1024),
  ...around(MIB),
];

test("sends exactly the bytes of JSON.stringify, at every size and from every source", async () => {
  const server = await startServer();
  const process = await processAt(server);
  const details = {
    name: 'a "b" ü\u2028.pdf',
    externalIdentifier: "e",
    signaturePositions: [
      { signer: "s", pageNumber: 0, positionX: 1, positionY: 2 },
    ],
  };
  for (const size of SIZES) {
    const bytes = bytesOf(size);
    const path = join(folder, "file.pdf");
    await writeFile(path, bytes);
    const sources = [
      bytes,
      { path },
      new Blob([bytes]),
      () => new Blob([bytes]).stream(),
    ];
    for (const source of sources) {
      await process.attach(source, { ...details, size });
      const call = server.calls.pop();
      assert.equal(call.headers["content-length"], String(call.body.length));
      assert.equal(call.headers["transfer-encoding"], undefined);
      assert.equal(call.headers["content-type"], "application/json");
      assert.ok(
        call.body.equals(Buffer.from(bufferedBody(bytes, details))),
        `${size} bytes`,
      );
    }
  }
  server.end();
});

test("sends the whole file again after a failed attempt", async () => {
  const bytes = bytesOf(MIB + 1);
  const path = join(folder, "again.pdf");
  await writeFile(path, bytes);
  const server = await startServer(async (request, response, number, call) => {
    if (number % 2 === 0) return created(request, response, number, call);
    await read(request, call);
    response.writeHead(503, { "retry-after": "0" }).end();
  });
  const details = { name: "a.pdf", externalIdentifier: "e" };
  let calls = 0;
  const newStream = () => ((calls += 1), new Blob([bytes]).stream());
  for (const source of [{ path }, bytes, new Blob([bytes]), newStream]) {
    const process = await processAt(server, { maxRetries: 2 });
    const progress = [];
    await process.attach(source, {
      ...details,
      size: bytes.length,
      onProgress: (event) => progress.push(event),
    });
    assert.equal(server.calls.length, 2);
    const [, call] = server.calls.splice(0);
    assert.ok(
      call.body.equals(Buffer.from(bufferedBody(bytes, details))),
      "complete body",
    );
    const seen = progress.map(({ bytes }) => bytes);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
    assert.deepEqual(progress.at(-1), {
      phase: "done",
      bytes: bytes.length,
      total: bytes.length,
    });
    assert.deepEqual(
      progress.filter(
        ({ phase, bytes, total }) => phase === "sending" && bytes === total,
      ).length,
      1,
    );
  }
  assert.equal(calls, 2, "a function is called for each attempt");
  server.end();
});

test("does not retry a stream, and reports the error of the server", async () => {
  const bytes = bytesOf(100_000);
  const answers = {
    503: ServerError,
    429: RateLimitError,
    401: AuthenticationError,
  };
  for (const [status, type] of Object.entries(answers)) {
    const server = await startServer(async (request, response, _, call) => {
      await read(request, call);
      response.writeHead(Number(status)).end();
    });
    const process = await processAt(server, { maxRetries: 3 });
    const stream = new Blob([bytes]).stream();
    const error = await rejection(
      process.attach(stream, { name: "a.pdf", size: bytes.length }),
    );
    assert.ok(error instanceof type, String(error));
    assert.deepEqual([error.status, server.calls.length], [Number(status), 1]);
    server.end();
  }
});

test("aborts the request if a source yields fewer or more bytes than its declared size", async () => {
  async function* yielding(size) {
    for (let at = 0; at < size; at += 50_000)
      yield bytesOf(Math.min(50_000, size - at));
  }
  for (const [declared, yielded] of [
    [600_000, 599_999],
    [600_000, 600_001],
    [600_000, 300_000],
    [12_288 * 10, 12_288 * 9],
    [12_288 * 10, 12_288 * 11],
    [600_000, 4_000_000],
  ]) {
    for (const source of [yielding(yielded), () => yielding(yielded)]) {
      const server = await startServer();
      const process = await processAt(server, { maxRetries: 2 });
      const error = await rejection(
        process.attach(source, { name: "a.pdf", size: declared }),
      );
      assert.ok(error instanceof ValidationError, String(error));
      assert.equal(error.problems[0].path, "$.content");
      assert.match(error.message, /size mismatch/);
      await until(() => server.calls.every(({ closed }) => closed));
      assert.ok(server.calls.length <= 1, "the request is not repeated");
      assert.ok(
        server.calls.every(({ ended }) => !ended),
        "no body was complete",
      );
      server.end();
    }
  }
});

test("aborts the request if a source throws, with that error as the cause", async () => {
  const cause = new Error("disk on fire");
  async function* failing() {
    yield bytesOf(300_000);
    throw cause;
  }
  const server = await startServer();
  const process = await processAt(server, { maxRetries: 2 });
  const error = await rejection(
    process.attach(failing(), { name: "a.pdf", size: 600_000 }),
  );
  assert.ok(error instanceof ValidationError, String(error));
  assert.equal(error.cause, cause);
  await until(() => server.calls.every(({ closed }) => closed));
  assert.ok(server.calls.every(({ ended }) => !ended));
  server.end();
});

test(
  "an abort closes the request and the source",
  { timeout: 20_000 },
  async () => {
    const size = 40_000_000;
    const chunk = bytesOf(65_536);
    let yielded = 0;
    let ended = false;
    async function* source() {
      try {
        for (;;) {
          yielded += chunk.length;
          yield chunk;
        }
      } finally {
        ended = true;
      }
    }
    const server = await startServer(async (request, _, __, call) => {
      request.once("data", () => (call.begun = true));
    });
    const process = await processAt(server);
    const controller = new AbortController();
    const pending = rejection(
      process.attach(
        source(),
        { name: "a.pdf", size },
        { signal: controller.signal },
      ),
    );
    await until(() => server.calls[0]?.begun);
    controller.abort("enough");
    const error = await pending;
    assert.ok(error instanceof AbortError);
    assert.equal(error.cause, "enough");
    await until(() => server.calls[0].closed && ended);
    assert.ok(yielded < size, "the source is closed before its end");
    server.end();
  },
);

test("does not follow a redirect of an upload", async () => {
  const other = await startServer();
  const server = await startServer(async (request, response, _, call) => {
    await read(request, call);
    response.writeHead(307, { location: `${other.url}/elsewhere` }).end();
  });
  const process = await processAt(server, { maxRetries: 2 });
  const error = await rejection(
    process.attach(bytesOf(100_000), { name: "a.pdf" }),
  );
  assert.ok(error instanceof SignError);
  assert.match(error.message, /redirect/);
  assert.deepEqual([server.calls.length, other.calls.length], [1, 0]);
  other.end();
  server.end();
});

test("sends a file to the relay as raw bytes", async () => {
  const server = await startServer();
  const sign = await createClient({
    relay: server.url,
    userToken: () => "user",
    maxRetries: 0,
  });
  const process = sign.processes.resume({
    version: 1,
    id: ID,
    state: "CREATED",
  });
  const position = {
    signer: "s",
    pageNumber: 0,
    positionX: 1,
    positionY: 2,
  };
  for (const size of [5, 12_288, 12_289, MIB]) {
    const bytes = bytesOf(size);
    await process.attach(bytes, {
      name: 'ü"\u2028😀.pdf',
      externalIdentifier: "e",
      signaturePositions: [position],
    });
    const { url, headers, body } = server.calls.pop();
    assert.equal(url, `/relay/process/${ID}/file`);
    assert.equal(headers["content-type"], "application/pdf");
    assert.equal(headers["content-length"], String(size));
    assert.ok(body.equals(bytes));
    assert.match(headers["relay-file"], /^[ -~]+$/);
    assert.deepEqual(JSON.parse(headers["relay-file"]), {
      name: 'ü"\u2028😀.pdf',
      externalIdentifier: "e",
      signaturePositions: [position],
    });
  }
  // Fields that are too long for a header are sent as JSON.
  const many = Array.from({ length: 100 }, (_, pageNumber) => ({
    ...position,
    signer: "s".repeat(50),
    pageNumber,
  }));
  const bytes = bytesOf(1000);
  const details = {
    name: "a.pdf",
    externalIdentifier: "e",
    signaturePositions: many,
  };
  await process.attach(bytes, details);
  const { url, body } = server.calls.pop();
  assert.equal(url, `/api/process/${ID}/attach`);
  assert.ok(body.equals(Buffer.from(bufferedBody(bytes, details))));
  server.end();
});

/** A server of one file. `paths` records the requested paths. */
async function fileServer(answer) {
  const paths = [];
  const server = await startServer((request, response) => {
    paths.push(request.url.split(`${ID}/file`)[1]);
    return answer(request.url.endsWith("/content"), response);
  });
  const process = await processAt(server);
  return { server, paths, process };
}

const pdf = (response, bytes, headers) => {
  response.writeHead(200, {
    "content-type": "application/pdf",
    "content-length": bytes.length,
    ...headers,
  });
  return response;
};

test("downloads a file as bytes, as a Blob and to a path, with progress", async () => {
  const bytes = bytesOf(MIB + 3);
  const { server, process } = await fileServer((_, response) =>
    pdf(response, bytes).end(bytes),
  );
  const progress = [];
  const onProgress = (event) => progress.push(event);
  const download = () => process.download("f", { onProgress });
  assert.ok(bytes.equals(await (await download()).bytes()));
  const seen = progress.map((event) => event.bytes);
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  assert.deepEqual([seen[0], seen.at(-1)], [0, bytes.length]);
  assert.ok(progress.every(({ total }) => total === bytes.length));
  const blob = await (await download()).blob();
  assert.ok(bytes.equals(Buffer.from(await blob.arrayBuffer())));
  const path = join(folder, "signed.pdf");
  await (await download()).saveTo(path);
  assert.ok(bytes.equals(await readFile(path)));
  await writeFile(path, "old");
  const kept = await rejection(
    (await download()).saveTo(path, { overwrite: false }),
  );
  assert.match(kept.message, /file already exists/);
  assert.equal(await readFile(path, "utf8"), "old");
  await (await download()).saveTo(path);
  assert.ok(bytes.equals(await readFile(path)), "replaced");
  const fresh = join(folder, "fresh.pdf");
  await (await download()).saveTo(fresh, { overwrite: false });
  assert.ok(bytes.equals(await readFile(fresh)));
  const invalid = await rejection((await download()).saveTo("/invalid/x.pdf"));
  assert.equal(invalid.code, "invalid_argument");
  server.end();
});

test("keeps the existing file and removes the partial one if a download breaks off", async () => {
  const bytes = bytesOf(MIB);
  const { server, process } = await fileServer((_, response) => {
    pdf(response, bytes).write(bytes.subarray(0, 500_000));
    setTimeout(() => response.destroy(), 20);
  });
  const place = await mkdtemp(join(folder, "broken-"));
  const path = join(place, "signed.pdf");
  for (const before of [undefined, "old"]) {
    if (before) await writeFile(path, before);
    const error = await rejection((await process.download("f")).saveTo(path));
    assert.equal(error.code, "connection_failed");
    assert.equal(error.processId, ID);
    assert.deepEqual(await readdir(place), before ? ["signed.pdf"] : []);
  }
  assert.equal(await readFile(path, "utf8"), "old");
  server.end();
});

test("an abort closes a download and leaves no file", async () => {
  const bytes = bytesOf(MIB);
  let closed = 0;
  const { server, process } = await fileServer((_, response) => {
    response.on("close", () => (closed += 1));
    pdf(response, bytes).write(bytes.subarray(0, 500_000));
  });
  const place = await mkdtemp(join(folder, "aborted-"));
  const methods = {
    saveTo: (download) => download.saveTo(join(place, "x.pdf")),
    bytes: (download) => download.bytes(),
    stream: (download) => new Response(download.stream()).arrayBuffer(),
  };
  for (const [name, method] of Object.entries(methods)) {
    const controller = new AbortController();
    const onProgress = ({ bytes }) => bytes > 0 && controller.abort("enough");
    const options = { signal: controller.signal, onProgress };
    const error = await rejection(method(await process.download("f", options)));
    assert.ok(error instanceof AbortError, `${name}: ${error}`);
    assert.equal(error.cause, "enough");
  }
  await until(() => closed === 3);
  assert.deepEqual(await readdir(place), []);
  server.end();
});

test("decodes Base64 while it arrives if the server lacks /content", async () => {
  for (const size of [4, 5, 6, 100_000]) {
    const bytes = bytesOf(size);
    const content = bytes.toString("base64");
    const texts = [
      JSON.stringify({
        name: "a/ü.pdf",
        contentType: "application/pdf",
        content,
      }),
      ` { "content" : ${JSON.stringify(content).replaceAll("/", "\\/").replaceAll("+", "\\u002B")},
         "x": {"content": "no", "a": ["content", {"content": 1}]}, "contentType":"application/pdf", "name" : "a/\\u00fc.pdf" } `,
    ];
    for (const [index, text] of texts.entries()) {
      const status = [404, 405, 406, 501][(size + index) % 4];
      const { server, paths, process } = await fileServer(
        async (content, response) => {
          if (content) return response.writeHead(status).end("<html>");
          response.writeHead(200, { "content-type": "application/json" });
          // Chunks of any length, so that they end inside tokens.
          const raw = Buffer.from(text);
          for (let at = 0, step = 1; at < raw.length; at += step) {
            step = (step * 7) % 65_521;
            response.write(raw.subarray(at, at + step));
          }
          response.end();
        },
      );
      const download = await process.download("f");
      assert.ok(bytes.equals(await download.bytes()), `${size} ${index}`);
      assert.deepEqual(paths, ["/f/content", "/f"]);
      assert.equal(download.filename, "ü.pdf");
      assert.equal(download.contentType, "application/pdf");
      server.end();
    }
  }
});

test("does not fall back to Base64 after an error of the contract", async () => {
  const body = JSON.stringify({ id: "1", name: "FileNotFound", message: "no" });
  for (const status of [404, 409]) {
    const { server, paths, process } = await fileServer((_, response) =>
      response
        .writeHead(status, { "content-type": "application/json" })
        .end(body),
    );
    assert.equal((await rejection(process.download("f"))).code, "not_found");
    assert.deepEqual(paths, ["/f/content"]);
    server.end();
  }
});

test("rejects truncated and malformed Base64, and leaves no file", async () => {
  const good = JSON.stringify({
    name: "a",
    content: bytesOf(1000).toString("base64"),
  });
  const place = await mkdtemp(join(folder, "base64-"));
  for (const text of [
    good.slice(0, 700),
    good.slice(0, -1),
    good.replace('=="', '="'),
    good.replace("JVBE", "JV*E"),
    good.replace("JVBE", "JV\\n"),
    good.replace("JVBE", "=JVB"),
    '{"name":"a"}',
    '{"content":null}',
    "[]",
    "",
    `{"x":"${"x".repeat(100_000)}","content":"JVBE"}`,
  ]) {
    const { server, process } = await fileServer((content, response) => {
      if (content) return response.writeHead(404).end();
      response.writeHead(200, { "content-type": "application/json" }).end(text);
    });
    const download = await process.download("f");
    const error = await rejection(download.saveTo(join(place, "x.pdf")));
    assert.ok(error instanceof ServerError, `${text.slice(0, 60)}: ${error}`);
    assert.equal(error.code, "malformed_response");
    assert.deepEqual(await readdir(place), []);
    server.end();
  }
});
