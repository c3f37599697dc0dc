// What the tests of the packed package share: apps in folders outside the repository, each with the
// tarball installed and no network, and a browser that reads what a page says.
//
//   SWISSCOM_SIGN_TARBALL   the tarball; packed from pkg/ when absent
//   CHROMIUM                the browser; found in PATH when absent

import { execFile, execFileSync } from "node:child_process";
import { createServer } from "node:http";
import {
  access,
  cp,
  mkdtemp,
  readFile,
  readdir,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const run = promisify(execFile);

const here = dirname(fileURLToPath(import.meta.url));
const pkg = resolve(here, "../../pkg");

/** Of the package's own development dependencies. */
export const ours = createRequire(join(pkg, "package.json"));
/** Of package.json beside this file: what only these tests need. */
export const theirs = createRequire(import.meta.url);

/** A program of a development dependency. */
export const bin = (name, from = pkg) => join(from, "node_modules/.bin", name);

export const work = await mkdtemp(join(tmpdir(), "swisscom-sign-packaging-"));
after(() => rm(work, { recursive: true, force: true }));

export const tarball = process.env.SWISSCOM_SIGN_TARBALL ?? pack();

function pack() {
  const args = [
    "pack",
    "--silent",
    "--ignore-scripts",
    "--pack-destination",
    work,
  ];
  const name = execFileSync("npm", args, { cwd: pkg, encoding: "utf8" })
    .trim()
    .split("\n")
    .at(-1);
  return join(work, name);
}

/** What an app prints: it builds a request, refuses a wrong one, and loads the module once. */
export const CHECKED =
  "ValidationError $.initiator.email PENDING /api/process?size=1 CREATED 1 \\s1\\";
/** What an app prints that uses the sandbox too. */
export const ALL = `${CHECKED} COMPLETED INVITE %PDF- true`;

/**
 * A folder with the app and the installed package, and, where asked for, the tools: `linked` above
 * it, or `inside` it for those that look nowhere else.
 */
export async function install(app, { type = "module", tools } = {}) {
  // Where files of this repository can be linked to.
  const near = join(here, "../../target");
  const folder = await mkdtemp(
    join(tools === "inside" ? near : work, `${app}-`),
  );
  after(() => rm(folder, { recursive: true, force: true }));
  await cp(join(here, "apps", app), folder, { recursive: true });
  await share(folder);
  const manifest = join(folder, "package.json");
  await access(manifest).catch(() =>
    writeFile(manifest, JSON.stringify({ private: true, type })),
  );
  const args = [
    "install",
    "--offline",
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--silent",
    tarball,
  ];
  await run("npm", args, { cwd: folder });
  const modules = join(here, "node_modules");
  if (tools === "linked") {
    await rm(join(work, "node_modules"), { force: true });
    await symlink(modules, join(work, "node_modules"));
  } else if (tools === "inside") {
    await run("cp", ["-alf", `${modules}/.`, join(folder, "node_modules")]);
  }
  return folder;
}

/** The scripts that all apps share, as modules and for `require`: what they print is compared. */
async function share(folder) {
  const shared = join(here, "apps/shared");
  const { transform } = ours("esbuild");
  for (const name of await readdir(shared)) {
    const text = await readFile(join(shared, name), "utf8");
    await writeFile(join(folder, name), text);
    const { code } = await transform(text, {
      format: "cjs",
      platform: "node",
    });
    await writeFile(
      join(folder, name.replace(".mjs", ".cjs")),
      code.replaceAll(/(require\("\.\/.+?)\.mjs"\)/g, '$1.cjs")'),
    );
  }
}

/** A folder with nothing in it. */
export const away = () => mkdtemp(join(work, "away-"));

/** What a program prints. */
export const printed = async (program, args, options) =>
  (await run(program, args, options)).stdout.trim();

export const node = (file, options) =>
  printed(process.execPath, [file], options);

/** The browser, once for all tests of a file. */
let browser;
after(async () => (await browser)?.close());

async function launch() {
  const { chromium } = ours("playwright-core");
  const executablePath =
    process.env.CHROMIUM ??
    (await printed("sh", ["-c", "command -v chromium"]));
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** Visits a page and returns the title that it gives itself. */
export async function title(url) {
  browser ??= launch();
  const page = await (await browser).newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on(
    "console",
    (message) => message.type() === "error" && complaints.push(message.text()),
  );
  try {
    await page.goto(url);
    await page
      .waitForFunction(() => document.title !== "waiting", undefined, {
        timeout: 60_000,
      })
      .catch(() => {
        throw new Error(`the page said nothing: ${complaints.join("; ")}`);
      });
    return await page.title();
  } finally {
    await page.close();
  }
}

const TYPES = {
  html: "text/html",
  js: "text/javascript",
  mjs: "text/javascript",
  css: "text/css",
};

/** Serves a folder on loopback, under a policy, and returns what its page says. */
export async function inBrowser(folder) {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname.replace(
      /\/$/,
      "/index.html",
    );
    const body = await readFile(join(folder, path)).catch(() => undefined);
    response.writeHead(body ? 200 : 404, {
      "content-type":
        TYPES[path.split(".").at(-1)] ?? "application/octet-stream",
      "content-security-policy":
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
    });
    response.end(body);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  try {
    return await title(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
