// Size of a minimal program that sends a create request, bundled and minified by esbuild for browsers
// and for Node, raw, with gzip and with brotli. Clients that cannot be bundled are reported.

import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { build } from "esbuild";

import { PROGRAMS } from "./programs.mjs";

const kB = (bytes) => (bytes / 1000).toFixed(1);

/** The bundled program, or the reason why it cannot be bundled. */
async function bundle(name, platform) {
  const entry = fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url));
  try {
    const { outputFiles } = await build({
      entryPoints: [entry],
      ...{
        bundle: true,
        minify: true,
        format: "esm",
        target: "es2022",
        platform,
      },
      ...{ legalComments: "none", write: false, logLevel: "silent" },
    });
    return outputFiles[0].contents;
  } catch (error) {
    const { errors } = error;
    // Our own client must be bundled.
    if (errors === undefined || name === PROGRAMS[0]) throw error;
    return `${errors.length} errors`;
  }
}

console.log("a minimal program, bundled and minified by esbuild, kB");
const row = (name, ...cells) =>
  console.log(
    `  ${name.padEnd(16)}${cells.map((cell) => cell.padStart(12)).join("")}`,
  );
row("", "browser", "gzip", "brotli", "Node", "gzip");
for (const name of PROGRAMS) {
  const [browser, node] = [
    await bundle(name, "browser"),
    await bundle(name, "node"),
  ];
  const cells =
    typeof browser === "string"
      ? [browser, "-", "-"]
      : [
          browser.length,
          gzipSync(browser).length,
          brotliCompressSync(browser).length,
        ].map(kB);
  row(
    name,
    ...cells,
    ...(typeof node === "string"
      ? [node, "-"]
      : [node.length, gzipSync(node).length].map(kB)),
  );
}
