// Build settings of both pages: nothing inline, for a strict Content-Security-Policy.

import { cp } from "node:fs/promises";
import { join } from "node:path";

import type { Plugin, UserConfig } from "vite";

/** Copies fonts, character maps and decoders that pdf.js loads on demand. */
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
    // web-shared uses the packages of the example that is built.
    resolve: { dedupe: ["pdfjs-dist", "swisscom-sign"] },
    build: {
      target: "es2022",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // pdf.js is large, and loaded with the first document only.
      chunkSizeWarningLimit: 700,
      rolldownOptions: { input: ["index.html", "returned.html"] },
    },
  };
}
