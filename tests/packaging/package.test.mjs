// Files, manifest and types of the packed package.

import assert from "node:assert/strict";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import {
  ALL,
  bin,
  inBrowser,
  install,
  node,
  ours,
  run,
  tarball,
} from "./support.mjs";

const ENTRIES = [".", "./core", "./pdf", "./sandbox"];

test("the tarball contains one wasm for each module, and no unexpected file", async () => {
  const { stdout } = await run("tar", ["-tzf", tarball]);
  const files = stdout.trim().split("\n");
  assert.deepEqual(files.filter((file) => file.endsWith(".wasm")).sort(), [
    "package/dist/swisscom_sign.wasm",
    "package/dist/swisscom_sign_pdf.wasm",
    "package/dist/swisscom_sign_sandbox.wasm",
  ]);
  // The license of the font requires its notice beside every copy.
  assert.ok(files.includes("package/dist/LICENSE-FONTS"));
  for (const file of files) {
    assert.match(
      file,
      /^package\/(((core|pdf|sandbox)\/)?package\.json|README\.md|bin\/[a-z]+\.(mjs|json)|dist\/LICENSE-[A-Z]+|dist\/.+\.(mjs|cjs|wasm|d\.ts|d\.cts))$/,
    );
  }
});

test("no shipped file uses top-level await, eval or synchronous requests", async () => {
  const folder = await install("esm");
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
    // esbuild fails on top-level await when it compiles to CommonJS.
    const { transform } = ours("esbuild");
    await transform(text, {
      format: "cjs",
      target: "node20",
      supported: { "top-level-await": false },
    });
  }
});

test("publint reports nothing", async () => {
  const folder = join(await install("esm"), "node_modules/swisscom-sign");
  const { publint } = await import(ours.resolve("publint"));
  const { messages, pkg } = await publint({
    pkgDir: folder,
    pack: false,
    strict: true,
  });
  for (const entry of ENTRIES) assert.ok(pkg.exports[entry], entry);
  assert.deepEqual(messages, []);
});

test("are-the-types-wrong reports nothing", async () => {
  const { stdout } = await run(bin("attw"), [tarball, "--format", "json"]);
  const { analysis, problems } = JSON.parse(stdout);
  for (const entry of ENTRIES) assert.ok(analysis.entrypoints[entry], entry);
  assert.deepEqual([problems ?? {}, analysis.problems ?? []], [{}, []]);
});

for (const module of ["node16", "nodenext", "bundler"]) {
  test(`TypeScript checks a consumer of every entry point with moduleResolution ${module}`, async () => {
    const folder = await install("types");
    await typecheck(folder, module, [
      "main.mts",
      ...(module === "bundler" ? [] : ["main.cts"]),
    ]);
  });
}

test("the harness reports a broken app", async () => {
  const folder = await install("broken");
  await assert.rejects(async () =>
    assert.equal(await node(join(folder, "main.mjs")), ALL),
  );
  await assert.rejects(
    typecheck(folder, "nodenext", ["main.mts"]),
    /TS2353|TS2345/,
  );
  assert.notEqual(await inBrowser(folder), ALL);
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
