// Chromium, and axe for accessibility.
//
//   CHROME   the browser; /usr/bin/chromium unless set

import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import { root } from "./program.mjs";

const { chromium } = createRequire(join(root, "pkg/package.json"))(
  "playwright-core",
);

export const startBrowser = () =>
  chromium.launch({
    executablePath: process.env.CHROME ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

/** Keeps a screenshot for the documentation. */
export async function screenshot(page, name) {
  const folder = join(root, "target/screenshots");
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** Impacts of violations that keep people out. */
export const BLOCKING = ["serious", "critical"];

/** Rule and elements of each violation that axe finds in a page or frame. */
export async function violations(frame, { impacts, ...options } = {}) {
  const axe = new URL("../node_modules/axe-core/axe.min.js", import.meta.url);
  await frame.evaluate(await readFile(axe, "utf8"));
  const result = await frame.evaluate(
    (options) => globalThis.axe.run(options),
    options,
  );
  return result.violations
    .filter(({ impact }) => !impacts || impacts.includes(impact))
    .map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
    );
}
