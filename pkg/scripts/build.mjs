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
 * once. `wasm`: the module (crates/xtask/src/modules.rs) whose glue only this bundle contains.
 * `entry`: an entry point of package.json. `large`: the CommonJS bundle reads the wasm file instead of
 * importing a third copy. Two copies are the minimum: bundlers without a plugin need the bytes inside
 * JavaScript, and workers need the file.
 *
 * `index` only exports from other bundles: bundlers drop what is not used, together with the module.
 */
const BUNDLES = [
  {
    name: "common-bundle",
    holds: ["environment", "errors", "arguments", "deadline", "wasm/loader"],
  },
  { name: "runtime", holds: ["connection", "host", "wasm/load"], wasm: "swisscom_sign" },
  { name: "client", holds: ["client"] },
  // Texts in four languages.
  { name: "levels", holds: ["levels"] },
  { name: "index", entry: true },
  { name: "core", entry: true },
  { name: "pdf", entry: true, wasm: "swisscom_sign_pdf" },
  { name: "sandbox", entry: true, wasm: "swisscom_sign_sandbox", large: true },
].filter(({ wasm }) => wasm === undefined || (modules?.includes(wasm) ?? true));

/**
 * The builds of each bundle: module format, and source of the wasm bytes. They are not minified, so
 * that stack traces and printed errors are readable; applications minify what they serve.
 */
const TARGETS = [
  { format: "esm", ending: ".mjs", bytes: "inline", sourcemap: true },
  { format: "cjs", ending: ".cjs", bytes: "inline", sourcemap: true },
  { format: "esm", ending: ".workerd.mjs", bytes: "module", query: "" },
  // Next.js and Vercel compile `.wasm?module` at deployment, and reject other imports of wasm.
  { format: "esm", ending: ".edge-light.mjs", bytes: "module", query: "?module" },
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
const module = (wasm, bytes, { ending, query }) => ({
  name: "module",
  setup({ onResolve }) {
    const external = (path) => () => ({ path, external: true });
    onResolve({ filter: /\/glue\.js$/ }, () => ({ path: join(bindgen, wasm, `${wasm}.js`) }));
    onResolve({ filter: /\/inline\.js$/ }, () => ({ path: join(pkg, `src/wasm/${bytes}.ts`) }));
    onResolve({ filter: /\/bytes\.js$/ }, external(`./${wasm}.base64${ending}`));
    onResolve({ filter: /\/module\.wasm$/ }, external(`./${wasm}.wasm${query}`));
  },
});

/**
 * Writes the bytes of a module as Base64 of gzip into a file of their own. Node prints the line that
 * threw an error; no code is beside this line.
 */
function writeBase64(wasm, format, ending) {
  // Without a timestamp, so that builds are reproducible.
  const text = gzipSync(readFileSync(moduleOf(wasm)), { level: 9 }).toString("base64");
  const declaration = format === "cjs" ? "exports.BASE64" : "export const BASE64";
  writeFileSync(join(dist, `${wasm}.base64${ending}`), `${declaration} = "${text}";\n`);
}

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

for (const target of TARGETS) {
  const { format, ending, sourcemap } = target;
  for (const bundle of BUNDLES) {
    const { name, wasm } = bundle;
    // CommonJS runs in Node, which has a file system.
    const bytes = bundle.large && format === "cjs" ? "file" : target.bytes;
    if (wasm && bytes === "inline") writeBase64(wasm, format, ending);
    await build({
      absWorkingDir: pkg,
      bundle: true,
      format,
      sourcemap,
      platform: "neutral",
      target: "es2022",
      legalComments: "none",
      logLevel: "warning",
      // The glue's default URL is not used; in CommonJS it would cause a warning.
      logOverride: { "empty-import-meta": "silent" },
      entryPoints: [`src/${name}.ts`],
      outfile: join(dist, name + ending),
      define: bytes === "file" ? { WASM_FILE: JSON.stringify(`${wasm}.wasm`) } : {},
      external: ["node:*"],
      inject: wasm ? ["src/wasm/microtask.ts"] : [],
      plugins: [module(wasm, bytes, target), shared(bundle, ending)],
    });
  }
}

types();

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
