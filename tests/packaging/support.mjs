// Installs the tarball into apps outside the repository, without network, and reads the result of a
// page in Chromium.
//
//   SWISSCOM_SIGN_TARBALL   the tarball; packed from pkg/ when absent
//   CHROME                  the browser; /usr/bin/chromium unless set

import { execFile, execFileSync } from "node:child_process";
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

import { startBrowser } from "../e2e/support/browser.mjs";
import { serve } from "../e2e/support/server.mjs";

export const run = promisify(execFile);

const here = dirname(fileURLToPath(import.meta.url));
export const pkg = resolve(here, "../../pkg");

/** Loads development dependencies of pkg/. */
export const ours = createRequire(join(pkg, "package.json"));
/** Loads dependencies of these tests. */
export const theirs = createRequire(import.meta.url);

/** The path of a program of a development dependency. */
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

/** Output of an app that validates and builds requests and inspects a PDF. */
export const CHECKED =
  "ValidationError $.initiator.email PENDING /api/process?size=1 CREATED 1 \\s1\\";
/** Output of an app that also signs in the sandbox. */
export const ALL = `${CHECKED} COMPLETED INVITE %PDF- true`;

/**
 * A folder with the app and the installed package. `tools` adds node_modules of these tests:
 * `linked` in the parent folder, or `inside` the app for tools that search only there.
 */
export async function install(app, { type = "module", tools } = {}) {
  // Hard links need the file system of the repository.
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

/** Writes the shared scripts as ES modules and as CommonJS. */
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

/** An empty folder. */
export const away = () => mkdtemp(join(work, "away-"));

/** The output of a program. */
export const printed = async (program, args, options) =>
  (await run(program, args, options)).stdout.trim();

export const node = (file, options) =>
  printed(process.execPath, [file], options);

/** One browser for all tests of a file. */
let browser;
after(async () => (await browser)?.close());

/** Opens a page and returns the title that its script sets. */
export async function title(url) {
  browser ??= startBrowser();
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
        throw new Error(
          `the page did not set its title: ${complaints.join("; ")}`,
        );
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

/** Serves a folder under a content security policy and returns the title of its page. */
export async function inBrowser(folder) {
  const server = await serve(async (request, response) => {
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
  try {
    return await title(`${server.url}/`);
  } finally {
    await server.end();
  }
}
