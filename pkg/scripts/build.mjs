// Builds dist/: each bundle for `import`, for `require` and for workers, and the types of the entry
// points.
//
//   SWISSCOM_SIGN_BINDGEN_DIR   output of wasm-bindgen, a folder per module
//                               (default: ../target/xtask/bindgen)
//   SWISSCOM_SIGN_MODULES       names of modules, separated by commas; bundles of other modules are
//                               left out (default: all)

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

const modules = process.env.SWISSCOM_SIGN_MODULES?.split(",");

/**
 * The bundles, each built from src/NAME.ts.
 *
 * `holds`: sources that the other bundles import from this one, so that their classes and state exist
 * once. `wasm`: the module (crates/xtask/src/modules.rs) whose glue and bytes only this bundle
 * contains. `entry`: an entry point of package.json. `large`: the CommonJS bundle reads the wasm file
 * instead of containing a third copy. Two copies are the minimum: bundlers without a plugin need the
 * bytes inside JavaScript, and workers need the file.
 */
const BUNDLES = [
  {
    name: "common-bundle",
    holds: ["environment", "errors", "arguments", "deadline", "wasm/loader"],
  },
  { name: "runtime", holds: ["connection", "host", "wasm/load"], wasm: "swisscom_sign" },
  // Texts in four languages, which bundlers drop if they are not used.
  { name: "levels", holds: ["levels"] },
  { name: "index", entry: true },
  { name: "core", entry: true },
  { name: "pdf", entry: true, wasm: "swisscom_sign_pdf" },
  { name: "sandbox", entry: true, wasm: "swisscom_sign_sandbox", large: true },
].filter(({ wasm }) => wasm === undefined || (modules?.includes(wasm) ?? true));

/** The three builds of each bundle: module format, and source of the wasm bytes. */
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

/** Resolves the glue of wasm-bindgen, and the source of the bytes for the target. */
const module = (wasm, bytes) => ({
  name: "module",
  setup({ onResolve }) {
    onResolve({ filter: /\/glue\.js$/ }, () => ({ path: join(bindgen, wasm, `${wasm}.js`) }));
    onResolve({ filter: /\/inline\.js$/ }, () => ({ path: join(pkg, `src/wasm/${bytes}.ts`) }));
    onResolve({ filter: /\/module\.wasm$/ }, () => ({ path: `./${wasm}.wasm`, external: true }));
  },
});

/** Imports sources that another bundle holds from that bundle. */
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
    // CommonJS runs in Node, which has a file system.
    const bytes = bundle.large && format === "cjs" ? "file" : target.bytes;
    const define = {};
    if (wasm && bytes === "inline") {
      // Without a timestamp, so that builds are reproducible.
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
      // The glue's default URL is not used; in CommonJS it would cause a warning.
      logOverride: { "empty-import-meta": "silent" },
      entryPoints: [`src/${name}.ts`],
      outfile: join(dist, name + ending),
      define: bytes === "file" ? { WASM_FILE: JSON.stringify(`${wasm}.wasm`) } : define,
      external: ["node:*"],
      inject: wasm ? ["src/wasm/microtask.ts"] : [],
      plugins: [module(wasm, bytes), shared(bundle, ending)],
    });
    keepImportComments(join(dist, name + ending));
  }
}

types();

/**
 * Restores comments that the minifier drops: they tell bundlers to leave imports that only the runtime
 * can resolve. Without them webpack warns, and its bundles for Node fail.
 */
function keepImportComments(path) {
  const text = readFileSync(path, "utf8");
  const replacement = "await import(/* webpackIgnore: true */ /* @vite-ignore */$1)";
  writeFileSync(path, text.replaceAll(/\bawait import\((\w+)\)/g, replacement));
}

/** Declarations by tsc, for `import` and `require`; only those that the entry points need. */
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
      // In a package of type `module`, `.d.ts` files are imported as `.js`.
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
