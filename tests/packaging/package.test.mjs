// Files, manifest and types of the packed package.

import assert from "node:assert/strict";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { moduleOf, pages } from "../e2e/docs/blocks.mjs";
import {
  ALL,
  bin,
  inBrowser,
  install,
  node,
  ours,
  pkg,
  run,
  tarball,
  theirs,
} from "./support.mjs";

const TYPE_ROOTS = [join(pkg, "node_modules/@types")];

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
      /^package\/(((core|pdf|sandbox)\/)?package\.json|README\.md|bin\/[a-z]+\.(mjs|json)|dist\/LICENSE-[A-Z]+|dist\/.+\.(mjs|cjs|[mc]js\.map|wasm|d\.ts|d\.cts))$/,
    );
  }
});

test("no shipped file uses top-level await, eval or synchronous requests", async () => {
  const folder = await install("esm");
  const dist = join(folder, "node_modules/swisscom-sign/dist");
  const scripts = (await readdir(dist)).filter((file) =>
    /\.[mc]js$/.test(file),
  );
  assert.equal(scripts.length, 37);
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

/** The oldest version of TypeScript that the README promises, and the current one. */
const OLDEST = theirs.resolve("typescript-oldest/bin/tsc");
const CURRENT = ours.resolve("typescript/bin/tsc");

for (const module of ["node16", "nodenext", "bundler"]) {
  test(`TypeScript checks a consumer of every entry point with moduleResolution ${module}`, async () => {
    const folder = await install("types");
    const files = ["main.mts", "exact.mts"];
    if (module !== "bundler") files.push("main.cts");
    const exactOptionalPropertyTypes = true;
    await typecheck(folder, module, files, { exactOptionalPropertyTypes });
  });
}

test("the README names the oldest TypeScript, which checks the same consumer", async () => {
  const { version } = theirs("typescript-oldest/package.json");
  const readme = await readFile(join(pkg, "README.md"), "utf8");
  const [, minor] = /TypeScript (\d+\.\d+) or newer/.exec(readme) ?? [];
  assert.ok(version.startsWith(`${minor}.`), version);
  const folder = await install("types");
  const files = ["main.mts", "main.cts", "exact.mts"];
  await typecheck(folder, "nodenext", files, {}, OLDEST);
});

test("TypeScript checks a consumer without the DOM library", async () => {
  const folder = await install("types");
  const node = { lib: ["es2022"], types: ["node"], typeRoots: TYPE_ROOTS };
  await typecheck(folder, "nodenext", ["main.mts", "main.cts"], node);
});

test("every documented program that imports the package compiles under strict", async () => {
  const folder = await install("types");
  const files = ["documented.d.ts"];
  for (const { path, programs } of await pages())
    for (const [index, { code }] of programs.entries()) {
      // The programs of migrating.md before the migration are not typed.
      if (!code.includes('"swisscom-sign')) continue;
      const file = `${path.replaceAll(/\W/g, "-")}-${index}.mts`;
      await writeFile(join(folder, file), `${moduleOf(code)}\nexport {};\n`);
      files.push(file);
    }
  assert.ok(files.length > 15, `${files}`);
  await typecheck(folder, "nodenext", files, {
    ...{ exactOptionalPropertyTypes: true, skipLibCheck: true },
    ...{ types: ["node"], typeRoots: TYPE_ROOTS },
    lib: ["es2022", "dom", "dom.iterable"],
  });
});

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

async function typecheck(
  folder,
  moduleResolution,
  files,
  options = {},
  tsc = CURRENT,
) {
  const module = moduleResolution === "bundler" ? "esnext" : moduleResolution;
  const compilerOptions = {
    ...{ noEmit: true, strict: true, skipLibCheck: false, target: "es2022" },
    ...{ lib: ["es2022", "dom"], types: [], module, moduleResolution },
    ...options,
  };
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files }),
  );
  await run(process.execPath, [tsc], { cwd: folder }).catch((error) => {
    throw new Error(error.stdout);
  });
}
