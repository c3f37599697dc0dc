// Builds dist/: the bundles, each for `import`, for `require` and for workers, and the types of the
// entry points.
//
//   SWISSCOM_SIGN_BINDGEN_DIR   where wasm-bindgen wrote the modules, a folder for each;
//                               ../target/xtask/bindgen when absent

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, mkdirSync, rmSync, writeFileSync, copyFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

const pkg = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(pkg, "dist");
const bindgen = resolve(
  process.env.SWISSCOM_SIGN_BINDGEN_DIR ?? join(pkg, "../target/xtask/bindgen"),
);

/**
 * The bundles, each made from src/NAME.ts.
 *
 * `holds`: sources that the other bundles import from this one instead of repeating them, so that
 * their classes and their state exist once. `wasm`: the module (crates/xtask/src/modules.rs) whose
 * glue and bytes are in this bundle and nowhere else. `entry`: an entry point of package.json.
 * `large`: too large to be shipped once more where it can be read from its file.
 */
const BUNDLES = [
  {
    name: "common-bundle",
    holds: ["environment", "errors", "arguments", "deadline", "wasm/loader"],
  },
  { name: "runtime", holds: ["connection", "host", "wasm/load"], wasm: "swisscom_sign" },
  // Texts in four languages, which bundlers leave out where nobody uses them.
  { name: "levels", holds: ["levels"] },
  { name: "index", entry: true },
  { name: "core", entry: true },
  { name: "pdf", entry: true, wasm: "swisscom_sign_pdf" },
  { name: "sandbox", entry: true, wasm: "swisscom_sign_sandbox", large: true },
];

/** The three kinds of bundles: how they are loaded, and where their wasm comes from. */
const TARGETS = [
  { format: "esm", ending: ".mjs", bytes: "inline" },
  { format: "cjs", ending: ".cjs", bytes: "inline" },
  { format: "esm", ending: ".workerd.mjs", bytes: "workerd" },
];

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
for (const license of ["LICENSE-APACHE", "LICENSE-MIT"]) {
  copyFileSync(join(pkg, "..", license), join(dist, license));
}
copyFileSync(join(pkg, "../crates/pades/src/sign/font/LICENSE"), join(dist, "LICENSE-FONTS"));

const moduleOf = (wasm) => join(bindgen, wasm, `${wasm}_bg.wasm`);
for (const { wasm } of BUNDLES) {
  if (wasm) copyFileSync(moduleOf(wasm), join(dist, `${wasm}.wasm`));
}

/** The glue in the place of its declaration, and the bytes in the way of the target. */
const module = (wasm, bytes) => ({
  name: "module",
  setup({ onResolve }) {
    onResolve({ filter: /\/glue\.js$/ }, () => ({ path: join(bindgen, wasm, `${wasm}.js`) }));
    onResolve({ filter: /\/inline\.js$/ }, () => ({ path: join(pkg, `src/wasm/${bytes}.ts`) }));
    onResolve({ filter: /\/module\.wasm$/ }, () => ({ path: `./${wasm}.wasm`, external: true }));
  },
});

/** What another bundle holds is imported from there. */
const shared = (bundle, ending) => ({
  name: "shared",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\/.*\.js$/ }, ({ path, resolveDir }) => {
      const source = relative(join(pkg, "src"), join(resolveDir, path)).replace(/\.js$/, "");
      const holder = BUNDLES.find(({ holds }) => holds?.includes(source));
      if (holder === undefined || holder === bundle) return undefined;
      return { path: `./${holder.name}${ending}`, external: true };
    });
  },
});

for (const { format, ending, ...target } of TARGETS) {
  for (const bundle of BUNDLES) {
    const { name, wasm } = bundle;
    // What is required is so by a program of Node, which has files.
    const bytes = bundle.large && format === "cjs" ? "file" : target.bytes;
    const define = {};
    if (wasm && bytes === "inline") {
      // gzip writes no time, so that two builds are the same.
      const packed = gzipSync(readFileSync(moduleOf(wasm)), { level: 9 });
      define.WASM_GZIP_BASE64 = JSON.stringify(packed.toString("base64"));
    }
    await build({
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
      entryPoints: [`src/${name}.ts`],
      outfile: join(dist, name + ending),
      define: bytes === "file" ? { WASM_FILE: JSON.stringify(`${wasm}.wasm`) } : define,
      external: ["node:*"],
      plugins: [module(wasm, bytes), shared(bundle, ending)],
    });
    leaveAlone(join(dist, name + ending));
  }
}

types();

/**
 * Writes again what minifying drops: that bundlers leave alone what only the runtime can import.
 * Without it webpack warns, and its bundles for Node cannot import it.
 */
function leaveAlone(path) {
  const text = readFileSync(path, "utf8");
  const said = "await import(/* webpackIgnore: true */ /* @vite-ignore */$1)";
  writeFileSync(path, text.replaceAll(/\bawait import\((\w+)\)/g, said));
}

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
  for (const { name, entry } of BUNDLES) if (entry) visit(`${name}.d.ts`);
}

function declaration(text) {
  const reference = '/// <reference lib="esnext.disposable" />\n';
  const body = text.replaceAll(/^\/\/\/ <reference.*\n/gm, "");
  return (body.includes("Symbol.dispose") ? reference : "") + body;
}

console.log(`wrote ${readdirSync(dist).length} files into dist/`);
