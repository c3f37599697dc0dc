// Memory and time of uploading and downloading 40 MiB. Each run is a process of its own, with a server
// in another process. Memory is the peak above the memory before the transfer, with an initialized
// client and an open connection. Medians of five runs.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const RUNS = 5;
const SIZE = 40 * 1024 * 1024 - 1;
const folder = mkdtempSync(join(tmpdir(), "swisscom-sign-bench-"));
const path = join(folder, "file.pdf");
const bytes = Buffer.alloc(SIZE, "%PDF-1.7 0123456789abcdef");
writeFileSync(path, bytes);

const script = (name) =>
  fileURLToPath(new URL(`files/${name}.mjs`, import.meta.url));
const server = spawn(process.execPath, [script("server"), path], {
  stdio: ["ignore", "pipe", "inherit"],
});
const [line] = await once(server.stdout, "data");
const url = String(line).trim();

const CASES = [
  ["upload", "naive: fetch, JSON.stringify, Base64 of a Buffer", "naive"],
  ["upload", "openapi-fetch", "openapi-fetch"],
  ["upload", "hey-api", "hey-api"],
  ["upload", "docusign-esign", "docusign-esign"],
  ["upload", "openai (multipart, another API)", "openai"],
  ["upload", "swisscom-sign", "swisscom-sign"],
  ["download", "naive: fetch, arrayBuffer, writeFile", "naive"],
  ["download", "openapi-fetch, arrayBuffer, writeFile", "openapi-fetch"],
  ["download", "hey-api, arrayBuffer, writeFile", "hey-api"],
  ["download", "docusign-esign, writeFile", "docusign-esign"],
  ["download", "openai, arrayBuffer, writeFile", "openai"],
  ["download", "swisscom-sign, saveTo", "swisscom-sign"],
];

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

try {
  const results = [];
  for (const [way, title, client] of CASES) {
    const runs = [];
    for (let run = 0; run < RUNS; run++) {
      const args = [
        script("client"),
        client,
        way,
        url,
        path,
        join(folder, "out.pdf"),
      ];
      runs.push(
        JSON.parse((await promisify(execFile)(process.execPath, args)).stdout),
      );
    }
    const of = (name) => median(runs.map((run) => run[name]));
    results.push({ way, title, mib: of("mib"), ms: of("ms") });
  }
  const row = (...cells) =>
    console.log(
      cells
        .map((cell, at) =>
          at < 2 ? cell.padEnd([10, 52][at]) : cell.padStart(12),
        )
        .join(""),
    );
  row("", "", "MiB above", "x naive", "ms", "x naive");
  for (const { way, title, mib, ms } of results) {
    const naive = results.find((other) => other.way === way);
    row(
      way,
      title,
      mib.toFixed(1),
      (mib / naive.mib).toFixed(2),
      ms.toFixed(0),
      (ms / naive.ms).toFixed(2),
    );
  }
} finally {
  server.kill();
  rmSync(folder, { recursive: true });
}
