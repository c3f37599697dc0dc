// Consumers of the packed package: the tarball is installed, without a network, into small apps that
// know nothing of this repository; each prints a line that is compared. One app is broken on purpose
// and must fail, which shows that the harness can.
//
//   SWISSCOM_SIGN_TARBALL   the tarball; packed from pkg/ when absent
//   CHROMIUM                the browser; found in PATH when absent

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createServer } from "node:http";
import {
  access,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const pkg = resolve(here, "../../pkg");
// The tools are the package's own development dependencies.
const require = createRequire(join(pkg, "package.json"));
const bin = (name) => join(pkg, "node_modules/.bin", name);

const work = await mkdtemp(join(tmpdir(), "swisscom-sign-packaging-"));
after(() => rm(work, { recursive: true, force: true }));
const tarball = process.env.SWISSCOM_SIGN_TARBALL ?? pack();

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

/** What each app prints: it builds a request, refuses a wrong one, and loads the module once. */
const EXPECTED =
  "ValidationError $.initiator.email PENDING /api/process?size=1 CREATED 1 \\s1\\";

/** A folder with the app and the installed package. */
async function install(app) {
  const folder = join(work, app);
  await cp(join(here, "apps", app), folder, { recursive: true });
  // One script for all: it is what is compared.
  for (const name of ["check.js", "check.mjs"]) {
    await cp(join(here, "apps/bundle/check.js"), join(folder, name));
  }
  const manifest = join(folder, "package.json");
  const type = app.endsWith("cjs") ? "commonjs" : "module";
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
  return folder;
}

const node = async (file, options) =>
  (await run(process.execPath, [file], options)).stdout.trim();

test("the tarball holds one wasm a module, and nothing that is not meant to be there", async () => {
  const { stdout } = await run("tar", ["-tzf", tarball]);
  const files = stdout.trim().split("\n");
  assert.deepEqual(files.filter((file) => file.endsWith(".wasm")).sort(), [
    "package/dist/swisscom_sign.wasm",
    "package/dist/swisscom_sign_pdf.wasm",
    "package/dist/swisscom_sign_sandbox.wasm",
  ]);
  for (const file of files) {
    assert.match(
      file,
      /^package\/(((core|pdf|sandbox)\/)?package\.json|README\.md|bin\/[a-z]+\.(mjs|json)|dist\/LICENSE-[A-Z]+|dist\/.+\.(mjs|cjs|wasm|d\.ts|d\.cts))$/,
    );
  }
});

test("no shipped file awaits at its top level, evaluates text, or asks synchronously", async () => {
  const folder = await install("node-esm");
  const dist = join(folder, "node_modules/swisscom-sign/dist");
  const scripts = (await readdir(dist)).filter((file) =>
    /\.[mc]js$/.test(file),
  );
  assert.equal(scripts.length, 21);
  for (const file of scripts) {
    const text = await readFile(join(dist, file), "utf8");
    assert.doesNotMatch(
      text,
      /\beval\s*\(|new Function\b|\.open\([^()]*,\s*(!1|false)\)/,
      file,
    );
    // CommonJS has no top-level await: what compiles as such has none.
    const { transform } = require("esbuild");
    await transform(text, {
      format: "cjs",
      target: "node20",
      supported: { "top-level-await": false },
    });
  }
});

test("publint has no finding", async () => {
  const folder = join(work, "node-esm/node_modules/swisscom-sign");
  const { publint } = await import(require.resolve("publint"));
  const { messages } = await publint({
    pkgDir: folder,
    pack: false,
    strict: true,
  });
  assert.deepEqual(messages, []);
});

test("are-the-types-wrong has no finding", async () => {
  const { stdout } = await run(bin("attw"), [tarball, "--format", "json"]);
  const { problems } = JSON.parse(stdout);
  assert.deepEqual(problems ?? {}, {});
});

for (const app of ["node-esm", "node-cjs"]) {
  test(`${app} runs`, async () => {
    const folder = await install(app);
    assert.equal(
      await node(join(folder, app === "node-cjs" ? "main.cjs" : "main.mjs")),
      EXPECTED,
    );
  });
}

for (const format of ["esm", "cjs"]) {
  test(`an esbuild bundle (${format}) runs with no file beside it`, async () => {
    const folder = await install("bundle");
    const away = await mkdtemp(join(work, "away-"));
    const outfile = join(away, format === "esm" ? "out.mjs" : "out.cjs");
    const { build } = require("esbuild");
    const { warnings } = await build({
      entryPoints: [join(folder, "main.js")],
      bundle: true,
      platform: "node",
      format,
      outfile,
      logLevel: "silent",
    });
    assert.deepEqual(warnings, []);
    assert.equal(await node(outfile, { cwd: away }), EXPECTED);
  });
}

test("an esbuild bundle for browsers has no import of Node", async () => {
  const folder = await install("bundle");
  const { build } = require("esbuild");
  const options = {
    bundle: true,
    platform: "browser",
    format: "esm",
    write: false,
    metafile: true,
  };
  const done = await build({
    entryPoints: [join(folder, "main.js")],
    logLevel: "silent",
    ...options,
  });
  assert.deepEqual(done.warnings, []);
  const [output] = Object.values(done.metafile.outputs);
  assert.deepEqual(output.imports, []);
});

test("an entry point brings its own module, and no other", async () => {
  const folder = await install("bundle");
  const { build } = require("esbuild");
  for (const [entry, bundles] of [
    ["swisscom-sign", ["index.mjs", "levels.mjs", "runtime.mjs", "shared.mjs"]],
    ["swisscom-sign/core", ["core.mjs", "runtime.mjs", "shared.mjs"]],
    ["swisscom-sign/pdf", ["pdf.mjs", "shared.mjs"]],
    ["swisscom-sign/sandbox", ["sandbox.mjs", "shared.mjs"]],
  ]) {
    const done = await build({
      stdin: { contents: `import "${entry}"`, resolveDir: folder },
      // Bundles without an effect of their own would be left out.
      ignoreAnnotations: true,
      bundle: true,
      write: false,
      metafile: true,
      logLevel: "silent",
    });
    const inputs = Object.keys(done.metafile.inputs)
      .filter((path) => path !== "<stdin>")
      .map((path) => path.split("/").at(-1));
    assert.deepEqual(inputs.sort(), bundles, entry);
  }
});

/** What the apps of the sandbox print. */
const SIGNED = "COMPLETED INVITE %PDF- true";

test("the sandbox runs in Node, in a bundle, and in Chromium", async () => {
  const folder = await install("sandbox");
  assert.equal(await node(join(folder, "main.mjs")), SIGNED, "ESM");
  assert.equal(await node(join(folder, "main.cjs")), SIGNED, "CommonJS");
  const away = await mkdtemp(join(work, "away-"));
  const outfile = join(away, "out.mjs");
  const { build } = require("esbuild");
  const { warnings } = await build({
    entryPoints: [join(folder, "main.mjs")],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "silent",
  });
  assert.deepEqual(warnings, []);
  assert.equal(await node(outfile, { cwd: away }), SIGNED, "esbuild");
  assert.equal(await inBrowser(await viteBuild(folder)), SIGNED, "vite");
});

test("the client brings nothing of the sandbox", async () => {
  const folder = await install("bundle");
  const { build } = require("esbuild");
  const { metafile } = await build({
    entryPoints: [join(folder, "main.js")],
    bundle: true,
    platform: "browser",
    format: "esm",
    write: false,
    metafile: true,
  });
  const inputs = Object.keys(metafile.inputs);
  assert.deepEqual(
    inputs.filter((path) => path.includes("sandbox")),
    [],
  );
});

test("workerd gets the modules by an import", async () => {
  const folder = await install("bundle");
  const { build } = require("esbuild");
  const done = await build({
    entryPoints: [join(folder, "main.js")],
    bundle: true,
    format: "esm",
    conditions: ["workerd"],
    loader: { ".wasm": "file" },
    outdir: join(folder, "out"),
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const inputs = Object.keys(done.metafile.inputs).map((path) =>
    path.split("/").at(-1),
  );
  for (const file of [
    "swisscom_sign.wasm",
    "runtime.workerd.mjs",
    "swisscom_sign_pdf.wasm",
    "pdf.workerd.mjs",
  ]) {
    assert.ok(inputs.includes(file), file);
  }
  for (const file of ["runtime.mjs", "pdf.mjs"]) {
    assert.ok(!inputs.includes(file), `${file} holds an inlined module`);
  }
});

test("a vite build runs in Chromium, under a content security policy", async () => {
  const folder = await install("vite");
  assert.equal(await inBrowser(await viteBuild(folder)), EXPECTED);
});

for (const module of ["node16", "nodenext", "bundler"]) {
  test(`TypeScript checks a consumer with moduleResolution ${module}`, async () => {
    const folder = await install("types");
    await typecheck(folder, module, [
      "main.mts",
      ...(module === "bundler" ? [] : ["main.cts"]),
    ]);
  });
}

test("a broken app fails", async () => {
  const folder = await install("broken");
  await assert.rejects(async () =>
    assert.equal(await node(join(folder, "main.mjs")), EXPECTED),
  );
  await assert.rejects(
    typecheck(folder, "nodenext", ["main.mts"]),
    /TS2353|TS2345/,
  );
});

async function typecheck(folder, moduleResolution, files) {
  const module = moduleResolution === "bundler" ? "esnext" : moduleResolution;
  const compilerOptions = {
    ...{ noEmit: true, strict: true, skipLibCheck: false, target: "es2022" },
    ...{ lib: ["es2022", "dom"], types: [], module, moduleResolution },
  };
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files }),
  );
  await run(bin("tsc"), [], { cwd: folder }).catch((error) => {
    throw new Error(error.stdout);
  });
}

/** Builds an app for browsers, and returns where it is. */
async function viteBuild(folder) {
  const vite = await import(
    require.resolve("vite").replace(/index\.cjs$/, "dist/node/index.js")
  );
  await vite.build({
    root: folder,
    logLevel: "error",
    build: { outDir: "dist", emptyOutDir: true },
  });
  return join(folder, "dist");
}

/** Serves a folder on loopback and returns what its page says. */
async function inBrowser(folder) {
  const types = { html: "text/html", js: "text/javascript", css: "text/css" };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname.replace(
      /\/$/,
      "/index.html",
    );
    const body = await readFile(join(folder, path)).catch(() => undefined);
    const type = types[path.split(".").at(-1)] ?? "application/octet-stream";
    response.writeHead(body ? 200 : 404, {
      "content-type": type,
      "content-security-policy":
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
    });
    response.end(body);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { chromium } = require("playwright-core");
  const executablePath = process.env.CHROMIUM ?? (await which("chromium"));
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox"],
  });
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on(
      "console",
      (message) =>
        message.type() === "error" && complaints.push(message.text()),
    );
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page
      .waitForFunction(() => document.title !== "waiting", undefined, {
        timeout: 30_000,
      })
      .catch(() => {
        throw new Error(`the page said nothing: ${complaints.join("; ")}`);
      });
    return await page.title();
  } finally {
    await browser.close();
    server.close();
  }
}

async function which(name) {
  return (await run("sh", ["-c", `command -v ${name}`])).stdout.trim();
}
