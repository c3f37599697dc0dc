// The sandbox and Prism, serving the same contract over loopback: start, memory, and the cost of
// getStatus. Then features of the sandbox alone: long polling of the outbox, a page of a long list, and
// a reset. CPU time of the server is compared, because the client shares the machine with it.
//
//   SWISSCOM_SIGN_SANDBOX_BIN   the program, optimized
//   SWISSCOM_SIGN_CONTRACT      the vendor's OpenAPI document, for Prism

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, connect } from "node:net";
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { smallPdf } from "../js-examples/node-invite-and-sign/pdf.mjs";

const STARTS = 9;
const ROUNDS = 5;
const ROUND_MS = 1_500;
const CONNECTIONS = 8;
const PIPELINED = 4;
const LONG_LIST = 100_000;
const RESETS = 15;
const MESSAGES = 41;

const program = process.env.SWISSCOM_SIGN_SANDBOX_BIN;
const prism = createRequire(import.meta.url).resolve("@stoplight/prism-cli");
const TICKS = Number(
  execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }),
);
// Listing processes needs `read:all`, which must be requested by name.
const SCOPES = "sswp:process:create sswp:process:read sswp:process:read:all";
const ID = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Resident memory in MB, and CPU time in milliseconds, of a process. */
function usage(pid) {
  const resident = /VmRSS:\s+(\d+)/.exec(
    readFileSync(`/proc/${pid}/status`, "utf8"),
  );
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .split(") ")[1]
    .split(" ");
  return {
    megabytes: Number(resident[1]) / 1000,
    cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS,
  };
}

/** Repeats a request until the server accepts connections, without a pause. */
async function firstAnswer(url, headers) {
  for (;;) {
    try {
      const answer = await fetch(url, { headers });
      await answer.arrayBuffer();
      if (answer.ok) return;
      throw new Error(`${url}: ${answer.status}`);
    } catch (error) {
      if (error.cause?.code !== "ECONNREFUSED") throw error;
    }
  }
}

const servers = {
  async sandbox(...options) {
    const began = performance.now();
    const child = spawn(
      program,
      ["serve", "--listen", "127.0.0.1:0", "--quiet", ...options],
      {
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    const line = await new Promise((done) =>
      createInterface({ input: child.stdout }).once("line", done),
    );
    const ready = JSON.parse(line);
    await firstAnswer(`${ready.url}/_sandbox/health`);
    return {
      child,
      url: ready.apiUrl,
      ready,
      startedMs: performance.now() - began,
    };
  },
  async prism() {
    const port = await freePort();
    const began = performance.now();
    const child = spawn(
      process.execPath,
      [
        prism,
        "mock",
        "-h",
        "127.0.0.1",
        "-p",
        String(port),
        "-v",
        "fatal",
        process.env.SWISSCOM_SIGN_CONTRACT,
      ],
      { stdio: "ignore" },
    );
    const url = `http://127.0.0.1:${port}`;
    await firstAnswer(`${url}/api/process/${ID}/status`, {
      authorization: "Bearer x",
    });
    return { child, url, startedMs: performance.now() - began };
  },
};

async function end({ child }) {
  const ended = new Promise((done) => child.once("exit", done));
  child.kill();
  await ended;
}

async function token({ tokenUrl, clientId, clientSecret }) {
  const answer = await fetch(tokenUrl, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope: SCOPES,
    }),
  });
  return (await answer.json()).access_token;
}

/** Repeats one request over several connections, and returns the number of 2xx responses. */
async function load(url, path, authorization, { count, body, method = "GET" }) {
  const { hostname, port, pathname } = new URL(url);
  const target = `${pathname === "/" ? "" : pathname}${path}`;
  const head =
    `${method} ${target} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: ${authorization}\r\n` +
    (body
      ? `content-type: application/json\r\ncontent-length: ${body.length}\r\n`
      : "");
  const request = `${head}\r\n${body ?? ""}`;
  const until = performance.now() + (count === undefined ? ROUND_MS : Infinity);
  const each = count === undefined ? Infinity : Math.ceil(count / CONNECTIONS);
  let answered = 0;
  const one = () =>
    new Promise((done, failed) => {
      const socket = connect(Number(port), hostname);
      let sent = 0;
      let open = 0;
      const more = () => {
        while (open < PIPELINED && sent < each && performance.now() < until) {
          socket.write(request);
          sent += 1;
          open += 1;
        }
        if (open === 0) socket.end(done);
      };
      let rest = "";
      socket.setEncoding("latin1");
      socket.on("connect", more);
      socket.on("error", failed);
      socket.on("data", (chunk) => {
        rest += chunk;
        for (;;) {
          const split = rest.indexOf("\r\n\r\n");
          if (split < 0) break;
          const headers = rest.slice(0, split);
          const length = /content-length: (\d+)/i.exec(headers);
          if (!/^HTTP\/1\.1 2/.test(headers) || !length) {
            failed(new Error(`${path}: ${headers.split("\r\n")[0]}`));
            return socket.destroy();
          }
          const whole = split + 4 + Number(length[1]);
          if (rest.length < whole) break;
          rest = rest.slice(whole);
          answered += 1;
          open -= 1;
        }
        more();
      });
    });
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  return answered;
}

const figures = {};
for (const name of Object.keys(servers))
  figures[name] = { starts: [], idle: [], rate: [], cpu: [] };
for (let round = 0; round <= STARTS; round++) {
  for (const [name, start] of Object.entries(servers)) {
    const server = await start();
    await sleep(200);
    const { megabytes } = usage(server.child.pid);
    await end(server);
    if (round === 0) continue;
    figures[name].starts.push(server.startedMs);
    figures[name].idle.push(megabytes);
  }
}

const sandbox = await servers.sandbox();
const mock = await servers.prism();
const authorization = `Bearer ${await token(sandbox.ready)}`;
const model = JSON.stringify({
  signatureLevel: "ADVANCED",
  initiator: { type: "NON_PERSON", name: "Bench" },
});
const created = await fetch(`${sandbox.url}/api/process`, {
  method: "POST",
  headers: { authorization, "content-type": "application/json" },
  body: model,
});
const { id } = await created.json();
const status = {
  sandbox: [sandbox, `/api/process/${id}/status`, authorization],
  prism: [mock, `/api/process/${ID}/status`, "Bearer x"],
};
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, [server, path, bearer]] of Object.entries(status)) {
    const before = usage(server.child.pid).cpuMs;
    const began = performance.now();
    const answered = await load(server.url, path, bearer, {});
    const seconds = (performance.now() - began) / 1000;
    const cpuMs = usage(server.child.pid).cpuMs - before;
    if (round === 0) continue;
    figures[name].rate.push(answered / seconds);
    figures[name].cpu.push((cpuMs * 1000) / answered);
  }
}
await end(mock);

// For rates, higher is better; for all other measures, lower.
const rows = [
  ["exec to first answer, ms", "starts"],
  ["idle memory, MB", "idle"],
  ["GET status, per second", "rate", { moreIsBetter: true }],
  ["GET status, us of processor", "cpu"],
];
console.log(`medians of ${STARTS} starts and ${ROUNDS} rounds`);
console.log(
  `  ${"".padEnd(30)} ${"sandbox".padStart(9)} ${"Prism".padStart(9)}`,
);
for (const [label, key, { moreIsBetter } = {}] of rows) {
  const [own, peer] = [
    median(figures.sandbox[key]),
    median(figures.prism[key]),
  ];
  const ratio = moreIsBetter ? own / peer : peer / own;
  const digits = own < 100 ? 1 : 0;
  console.log(
    `  ${label.padEnd(30)} ${own.toFixed(digits).padStart(9)} ${peer.toFixed(digits).padStart(9)}   x${ratio.toFixed(2)}`,
  );
}

/** Sends one request to the API and returns the body of the response. */
async function ask(path, body) {
  const answer = await fetch(`${sandbox.url}/api/process${path}`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok)
    throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? undefined : answer.json();
}

/** Milliseconds from a release until a long-polling client has the invitation, median and maximum. */
async function messageMs() {
  const content = Buffer.from(smallPdf("bench")).toString("base64");
  const signer = {
    type: "SIGNER",
    externalIdentifier: "a",
    firstName: "A",
    lastName: "B",
    email: "a@example.com",
  };
  const times = [];
  for (let i = 0; i < MESSAGES; i++) {
    const { id } = await ask("", {
      ...JSON.parse(model),
      invitees: { signers: [signer] },
    });
    const signaturePositions = [
      {
        signer: "a",
        locator: "COORDINATES",
        pageNumber: 0,
        positionX: 50,
        positionY: 100,
      },
    ];
    await ask(`/${id}/attach`, {
      name: "bench.pdf",
      contentType: "application/pdf",
      content,
      signaturePositions,
    });
    const waiting = fetch(
      `${sandbox.ready.url}/_sandbox/outbox?processId=${id}&type=INVITE&wait=5s`,
    );
    await sleep(20);
    const began = performance.now();
    const [answer] = await Promise.all([
      waiting,
      ask(`/${id}/release`, { notification: { locale: "en-GB" } }),
    ]);
    times.push(performance.now() - began);
    const { messages } = await answer.json();
    if (messages.length !== 1) throw new Error("the invitation did not arrive");
  }
  times.sort((a, b) => a - b);
  return [median(times), times.at(-1)];
}

const [message, latest] = await messageMs();
console.log(
  `an invitation, from the request that sends it: ${message.toFixed(2)} ms, at worst ${latest.toFixed(2)} ms`,
);

/** Milliseconds for the first page of a list, median. */
async function listMs({ url }, authorization, query) {
  const times = [];
  for (let i = 0; i < 41; i++) {
    const began = performance.now();
    const answer = await fetch(`${url}/api/process?page=0&size=20${query}`, {
      headers: { authorization },
    });
    const { content } = await answer.json();
    if (content?.length !== 20) throw new Error("the page is not full");
    times.push(performance.now() - began);
  }
  return median(times);
}

const directory = mkdtempSync(join(tmpdir(), "sandbox-bench-"));
const durable = await servers.sandbox("--data-dir", directory);
for (const [store, server, bearer] of [
  ["memory", sandbox, authorization],
  ["--data-dir", durable, `Bearer ${await token(durable.ready)}`],
]) {
  const create = (count) =>
    load(server.url, "/api/process", bearer, {
      method: "POST",
      body: model,
      count,
    });
  const lists = { all: "", "of a status": "&status=CREATED" };
  const measure = async () => {
    const times = {};
    for (const [name, query] of Object.entries(lists))
      times[name] = await listMs(server, bearer, query);
    return times;
  };
  await create(100);
  const short = await measure();
  await create(LONG_LIST);
  const long = await measure();
  for (const name of Object.keys(lists))
    console.log(
      `list of 20, ${store}, ${name}: ${short[name].toFixed(2)} ms out of 100 processes, ${long[name].toFixed(2)} ms out of ${LONG_LIST} (x${(long[name] / short[name]).toFixed(2)})`,
    );
}
await end(durable);
rmSync(directory, { recursive: true });

const resets = [];
for (let i = 0; i <= RESETS; i++) {
  const bearer = `Bearer ${await token(sandbox.ready)}`;
  if (i > 0)
    await load(sandbox.url, "/api/process", bearer, {
      method: "POST",
      body: model,
      count: 500,
    });
  const began = performance.now();
  const answer = await fetch(`${sandbox.ready.url}/_sandbox/reset`, {
    method: "POST",
  });
  if (answer.status !== 204) throw new Error(`reset: ${answer.status}`);
  if (i > 0) resets.push(performance.now() - began);
}
console.log(
  `reset of 500 processes: ${median(resets).toFixed(2)} ms, median of ${RESETS}`,
);
await end(sandbox);
