// How both pages are built: nothing inline, so that a strict Content-Security-Policy holds.

import { cp } from "node:fs/promises";
import { join } from "node:path";

import type { Plugin, UserConfig } from "vite";

/** Fonts, character maps and decoders that pdf.js loads when a document needs them. */
function pdfjsAssets(): Plugin {
  let from = "";
  let to = "";
  return {
    name: "pdfjs-assets",
    apply: "build",
    configResolved({ root, build }) {
      from = join(root, "node_modules/pdfjs-dist");
      to = join(root, build.outDir);
      if (build.outDir.startsWith("/")) to = build.outDir;
    },
    async closeBundle() {
      for (const folder of ["cmaps", "standard_fonts", "wasm", "iccs"]) {
        await cp(join(from, folder), join(to, "pdfjs", folder), {
          recursive: true,
        });
      }
    },
  };
}

export function settings(): UserConfig {
  return {
    plugins: [pdfjsAssets()],
    // What is shared between the examples uses the packages of the one that is built.
    resolve: { dedupe: ["pdfjs-dist", "swisscom-sign"] },
    build: {
      target: "es2022",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // pdf.js is the better half of it, and is loaded with the first document only.
      chunkSizeWarningLimit: 700,
      rolldownOptions: { input: ["index.html", "returned.html"] },
    },
  };
}
