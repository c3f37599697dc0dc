// The packed package through bundlers, without plugins or configuration for it. The bundles run in
// another folder: in Node, in Chromium under a content security policy, or in workerd.

import assert from "node:assert/strict";
import { cp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import {
  ALL,
  away,
  inBrowser,
  install,
  node,
  ours,
  theirs,
  title,
} from "./support.mjs";

const esbuild = ours("esbuild");

/** Bundles with esbuild, and fails on a warning. */
async function bundle(options) {
  const done = await esbuild.build({
    ...{ bundle: true, format: "esm", metafile: true, logLevel: "silent" },
    ...options,
  });
  assert.deepEqual(done.warnings, []);
  return done;
}

/** Names of the files that a bundle was made from. */
const inputs = ({ metafile }) =>
  Object.keys(metafile.inputs)
    .filter((path) => path !== "<stdin>")
    .map((path) => path.split("/").at(-1));

for (const [format, ending] of [
  ["esm", "mjs"],
  ["cjs", "cjs"],
]) {
  test(`an esbuild bundle for Node (${format}) runs without further files`, async () => {
    const folder = await install("esm");
    const out = await away();
    const outfile = join(out, `out.${ending}`);
    const entryPoints = [join(folder, "main.mjs")];
    await bundle({ entryPoints, platform: "node", format, outfile });
    assert.equal(await node(outfile, { cwd: out }), ALL);
  });
}

test("an esbuild bundle for browsers has no imports and does not contain the sandbox", async () => {
  const folder = await install("client");
  const entryPoints = [join(folder, "main.mjs")];
  const done = await bundle({ entryPoints, platform: "browser", write: false });
  const [output] = Object.values(done.metafile.outputs);
  assert.deepEqual(output.imports, []);
  assert.deepEqual(
    inputs(done).filter((name) => name.includes("sandbox")),
    [],
  );
});

test("each entry point bundles its own module only", async () => {
  const resolveDir = await install("client");
  const runtime = [
    "runtime.mjs",
    "swisscom_sign.base64.mjs",
    "common-bundle.mjs",
  ];
  for (const [entry, bundles] of [
    ["swisscom-sign", ["index.mjs", "client.mjs", "levels.mjs", ...runtime]],
    ["swisscom-sign/core", ["core.mjs", ...runtime]],
    [
      "swisscom-sign/pdf",
      ["pdf.mjs", "swisscom_sign_pdf.base64.mjs", "common-bundle.mjs"],
    ],
    [
      "swisscom-sign/sandbox",
      ["sandbox.mjs", "swisscom_sign_sandbox.base64.mjs", "common-bundle.mjs"],
    ],
  ]) {
    const done = await bundle({
      stdin: { contents: `import "${entry}"`, resolveDir },
      // Otherwise esbuild drops imports without side effects.
      ignoreAnnotations: true,
      write: false,
    });
    assert.deepEqual(inputs(done).sort(), bundles.sort(), entry);
  }
});

test("a bundle of one class does not contain the client", async () => {
  const resolveDir = await install("client");
  const contents =
    'import { SignError } from "swisscom-sign"; console.log(SignError.name)';
  const { rollup } = theirs("rollup");
  const { nodeResolve } = theirs("@rollup/plugin-node-resolve");
  const file = join(resolveDir, "one.mjs");
  await writeFile(file, contents);
  const rolled = await rollup({ input: file, plugins: [nodeResolve()] });
  const { output } = await rolled.generate({});
  const done = await bundle({ stdin: { contents, resolveDir }, write: false });
  for (const { length } of [output[0].code, done.outputFiles[0].text])
    assert.ok(length < 25_000, `${length} characters`);
});

test("an esbuild bundle for browsers runs in Chromium", async () => {
  const folder = await install("page");
  const out = await page(folder);
  const entryPoints = [join(folder, "page.js")];
  await bundle({ entryPoints, platform: "browser", outdir: out });
  assert.equal(await inBrowser(out), ALL);
});

test("a rollup bundle runs in Chromium and in Node", async () => {
  const folder = await install("page");
  const { rollup } = theirs("rollup");
  const { nodeResolve } = theirs("@rollup/plugin-node-resolve");
  const onwarn = ({ message }) => assert.fail(message);
  const rolled = async (input, options, file) => {
    const made = await rollup({
      input: join(folder, input),
      // Without this plugin rollup cannot resolve packages.
      plugins: [nodeResolve(options)],
      external: /^node:/,
      onwarn,
    });
    // One file, because rollup names chunks of dynamic imports itself.
    await made.write({ file, inlineDynamicImports: true });
    await made.close();
  };
  const out = await page(folder);
  await rolled("page.js", { browser: true }, join(out, "page.js"));
  assert.equal(await inBrowser(out), ALL);
  await cp(join(await install("esm"), "main.mjs"), join(folder, "main.mjs"));
  const file = join(await away(), "out.mjs");
  await rolled("main.mjs", {}, file);
  assert.equal(await node(file), ALL);
});

for (const mode of ["production", "development"]) {
  test(`a webpack bundle (${mode}) runs in Chromium`, async () => {
    const folder = await install("page");
    const out = await page(folder);
    const webpack = theirs("webpack");
    const stats = await new Promise((done, failed) =>
      webpack(
        {
          ...{ mode, context: folder, entry: "./page.js" },
          // The default source maps of this mode use eval, which the policy forbids.
          ...(mode === "development" ? { devtool: "source-map" } : {}),
          output: { path: out, filename: "page.js" },
          // Hints about sizes are not failures.
          performance: false,
        },
        (error, stats) => (error ? failed(error) : done(stats)),
      ),
    );
    const { errors, warnings } = stats.toJson({
      all: false,
      errors: true,
      warnings: true,
    });
    assert.deepEqual([errors, warnings], [[], []]);
    assert.equal(await inBrowser(out), ALL);
  });
}

/** A folder that contains the HTML of the app only. */
async function page(folder) {
  const out = await away();
  await cp(join(folder, "index.html"), join(out, "index.html"));
  return out;
}

const vite = () =>
  import(ours.resolve("vite").replace(/index\.cjs$/, "dist/node/index.js"));

for (const [app, what] of [
  ["page", "a page"],
  ["worker", "a module worker"],
]) {
  test(`a vite build runs as ${what} in Chromium`, async () => {
    const folder = await install(app);
    const { build } = await vite();
    const outDir = await away();
    await build({
      root: folder,
      logLevel: "error",
      build: { outDir, emptyOutDir: true },
    });
    assert.equal(await inBrowser(outDir), ALL);
  });

  test(`vite dev serves ${what} to Chromium`, async () => {
    const root = await install(app);
    const { createServer } = await vite();
    const server = await createServer({
      ...{ root, logLevel: "error", server: { host: "127.0.0.1", port: 0 } },
    });
    try {
      await server.listen();
      const { port } = server.httpServer.address();
      assert.equal(await title(`http://127.0.0.1:${port}/`), ALL);
    } finally {
      await server.close();
    }
  });
}

test("workerd imports the modules", async () => {
  const folder = await install("workerd");
  const out = await away();
  // As wrangler bundles: with the condition `workerd`, and wasm modules as separate files.
  const done = await bundle({
    entryPoints: [join(folder, "main.mjs")],
    conditions: ["workerd"],
    loader: { ".wasm": "copy" },
    outdir: out,
  });
  const names = inputs(done);
  for (const bundle of ["runtime", "pdf", "sandbox"]) {
    assert.ok(names.includes(`${bundle}.workerd.mjs`), bundle);
    assert.ok(
      !names.includes(`${bundle}.mjs`),
      `${bundle} contains an inlined module`,
    );
  }
  const { Miniflare } = theirs("miniflare");
  const worker = new Miniflare({
    modulesRoot: out,
    modules: (await readdir(out))
      .sort((a, b) => b.endsWith(".js") - a.endsWith(".js"))
      .map((name) => ({
        type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule",
        path: join(out, name),
      })),
    ...{
      compatibilityDate: "2026-01-01",
      host: "127.0.0.1",
      port: 0,
      cf: false,
    },
  });
  try {
    const answer = await worker.dispatchFetch("http://worker/");
    assert.equal(await answer.text(), ALL);
  } finally {
    await worker.dispose();
  }
});
