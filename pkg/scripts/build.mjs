// Builds dist/: one bundle of everything that is shared (`runtime`), the entry points beside it, and
// their types, each for `import` and for `require`.
//
//   SWISSCOM_SIGN_BINDGEN_DIR   where wasm-bindgen wrote swisscom_sign.js and swisscom_sign_bg.wasm;
//                               ../target/xtask/bindgen when absent

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, mkdirSync, rmSync, writeFileSync, copyFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

const pkg = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(pkg, "dist");
const bindgen = resolve(
  process.env.SWISSCOM_SIGN_BINDGEN_DIR ?? join(pkg, "../target/xtask/bindgen"),
);
const wasm = join(bindgen, "swisscom_sign_bg.wasm");

/** The three kinds of bundles: how they are loaded, and where their wasm comes from. */
const TARGETS = [
  { format: "esm", ending: ".mjs", bytes: "inline" },
  { format: "cjs", ending: ".cjs", bytes: "inline" },
  { format: "esm", ending: ".workerd.mjs", bytes: "workerd" },
];
const ENTRIES = ["index", "core"];
/** A file of its own, which bundlers leave out where nobody uses it: texts in four languages. */
const APART = ["levels"];

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
// gzip writes no time, so that two builds are the same.
const packed = gzipSync(readFileSync(wasm), { level: 9 }).toString("base64");
copyFileSync(wasm, join(dist, "swisscom_sign.wasm"));
for (const license of ["LICENSE-APACHE", "LICENSE-MIT"]) {
  copyFileSync(join(pkg, "..", license), join(dist, license));
}

/** The wasm-bindgen glue in the place of its declaration, and the source of bytes of the target. */
const glue = (bytes) => ({
  name: "glue",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/glue\.js$/ }, () => ({ path: join(bindgen, "swisscom_sign.js") }));
    onResolve({ filter: /^\.\/inline\.js$/ }, () => ({ path: join(pkg, `src/wasm/${bytes}.ts`) }));
    onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path, external: true }));
  },
});

/** What is shared stays in `runtime`, so that `.` and `./core` have one module and one wasm. */
const shared = (ending) => ({
  name: "shared",
  setup({ onResolve }) {
    const runtime = /^\.\/(errors|connection|guard|host|environment|limits|wasm\/load)\.js$/;
    onResolve({ filter: runtime }, () => ({ path: `./runtime${ending}`, external: true }));
    onResolve({ filter: /^\.\/levels\.js$/ }, () => ({
      path: `./levels${ending}`,
      external: true,
    }));
  },
});

for (const { format, ending, bytes } of TARGETS) {
  const common = {
    absWorkingDir: pkg,
    bundle: true,
    format,
    platform: "neutral",
    target: "es2022",
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    // The glue's own way to a file beside it is never used; in CommonJS it would be a warning.
    logOverride: { "empty-import-meta": "silent" },
  };
  await build({
    ...common,
    entryPoints: ["src/runtime.ts"],
    outfile: join(dist, `runtime${ending}`),
    define: { WASM_GZIP_BASE64: JSON.stringify(bytes === "inline" ? packed : "") },
    plugins: [glue(bytes)],
  });
  for (const entry of [...ENTRIES, ...APART]) {
    await build({
      ...common,
      entryPoints: [`src/${entry}.ts`],
      outfile: join(dist, `${entry}${ending}`),
      plugins: [shared(ending)],
    });
  }
}

types();

/** Declarations by tsc; only what the entry points reach is shipped, once more for `require`. */
function types() {
  const out = join(pkg, "node_modules/.cache/types");
  rmSync(out, { recursive: true, force: true });
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const args = [tsc, "--project", pkg, "--emitDeclarationOnly", "--outDir", out];
  execFileSync(process.execPath, args, { stdio: "inherit" });
  const seen = new Set();
  const visit = (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(join(out, file), "utf8");
    for (const [, path] of text.matchAll(/from "(\.[^"]+)\.js"/g)) {
      visit(join(dirname(file), `${path}.d.ts`));
    }
    for (const [to, ending] of [
      [".d.ts", ".mjs"],
      [".d.cts", ".cjs"],
    ]) {
      const path = join(dist, file.replace(/\.d\.ts$/, to));
      mkdirSync(dirname(path), { recursive: true });
      // The declaration of a `.d.ts` in a package of type `module` is named by `.js`.
      const specifier = ending === ".cjs" ? '.cjs"' : '.js"';
      writeFileSync(path, declaration(text).replaceAll(/(from "\.[^"]+)\.js"/g, `$1${specifier}`));
    }
  };
  for (const entry of ENTRIES) visit(`${entry}.d.ts`);
}

function declaration(text) {
  const reference = '/// <reference lib="esnext.disposable" />\n';
  const body = text.replaceAll(/^\/\/\/ <reference.*\n/gm, "");
  return (body.includes("Symbol.dispose") ? reference : "") + body;
}

console.log(`wrote ${readdirSync(dist).length} files into dist/`);
