// Chromium, and axe for accessibility.
//
//   CHROME   the browser; /usr/bin/chromium unless set

import assert from "node:assert/strict";
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

/**
 * Collects the console errors and warnings of a browser context, among them failed requests, and its
 * uncaught exceptions. `check(...expected)` fails on one that no pattern matches, and on a pattern
 * that matches none.
 */
export function collectErrors(context) {
  const errors = [];
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type()))
      errors.push(`${message.text()} (${message.location().url})`);
  });
  context.on("weberror", (error) => errors.push(String(error.error())));
  return {
    check(...expected) {
      const unexpected = errors.filter(
        (text) => !expected.some((pattern) => pattern.test(text)),
      );
      assert.deepEqual(unexpected, [], "the console has no other errors");
      const absent = expected.filter(
        (pattern) => !errors.some((text) => pattern.test(text)),
      );
      assert.deepEqual(absent, [], "every expected error occurs");
    },
  };
}

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
