// Serves a built page with media types, a strict Content-Security-Policy, and `/config.json`.
//
//   node serve.mjs --site FOLDER --config FILE [--port NUMBER]
//
// The config file, { relay, userToken, user, outbox?, platform }, is read at each request. `platform`
// is the origin that may be shown in a frame; the page gets the other fields. Your application would
// take them from the user's session. Listens on 127.0.0.1 and prints one line of JSON with its `url`.

import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    site: { type: "string", default: "dist" },
    config: { type: "string", default: "config.json" },
    port: { type: "string", default: "0" },
  },
});

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".ttf": "font/ttf",
};

function policy({ relay, platform }) {
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "worker-src 'self'",
    `connect-src 'self' ${new URL(relay).origin}`,
    // The frame also shows the return page for a moment.
    `frame-src 'self' ${new URL(platform).origin}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
  ].join("; ");
}

async function respond(request, response) {
  if (!["GET", "HEAD"].includes(request.method))
    return void response.writeHead(405).end();
  const config = JSON.parse(await readFile(values.config, "utf8"));
  const headers = {
    "content-security-policy": policy(config),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
  };
  const path = decodeURIComponent(
    new URL(request.url, "http://localhost").pathname,
  );
  if (path === "/config.json") {
    const { platform: _, ...pageConfig } = config;
    headers["content-type"] = TYPES[".json"];
    headers["cache-control"] = "no-store";
    return void response
      .writeHead(200, headers)
      .end(JSON.stringify(pageConfig));
  }
  const file = normalize(
    join(values.site, path.endsWith("/") ? `${path}index.html` : path),
  );
  const found =
    file.startsWith(normalize(values.site + sep)) &&
    (await stat(file).catch(() => undefined));
  if (!found || !found.isFile())
    return void response.writeHead(404, headers).end();
  headers["content-type"] = TYPES[extname(file)] ?? "application/octet-stream";
  headers["content-length"] = found.size;
  // File names in /assets contain a hash.
  headers["cache-control"] = path.startsWith("/assets/")
    ? "public, max-age=31536000, immutable"
    : "no-cache";
  response.writeHead(200, headers);
  if (request.method === "HEAD") return void response.end();
  createReadStream(file).pipe(response);
}

const server = createServer((request, response) => {
  respond(request, response).catch((error) => {
    console.error(`${request.method} ${request.url}: ${error.message}`);
    if (!response.headersSent)
      response.writeHead(error instanceof URIError ? 400 : 500);
    response.end();
  });
});
server.listen(Number(values.port), "127.0.0.1", () => {
  console.log(
    JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` }),
  );
});
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}
