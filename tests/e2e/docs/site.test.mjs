// The site of docs/: errors of its builder, links, pictures, search and accessibility.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  cp,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { PAGES, render } from "../../../docs/site/pages.mjs";
import {
  BLOCKING,
  collectErrors,
  startBrowser,
  violations,
} from "../support/browser.mjs";
import { root } from "../support/program.mjs";

const run = promisify(execFile);
const docs = join(root, "docs");

const temporary = () => mkdtemp(join(tmpdir(), "swisscom-sign-site-"));
const build = (...args) =>
  run(process.execPath, [join(docs, "site/build.mjs"), ...args]);

const PICTURE = "web-setup-flow-flow-setup";

let site;
let browser;
before(async () => {
  site = await temporary();
  const pictures = await temporary();
  // A picture of one pixel.
  const png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  await writeFile(join(pictures, `${PICTURE}.png`), Buffer.from(png, "base64"));
  const { stderr } = await build("--out", site, "--pictures", pictures);
  assert.equal(stderr, "");
  browser = await startBrowser();
});
after(() => browser?.close());

/** The errors of each opened page. */
const opened = [];
afterEach(() => opened.splice(0).forEach((errors) => errors.check()));

const open = async (page, options = {}) => {
  const shown = await browser.newPage(options);
  opened.push(collectErrors(shown.context()));
  await shown.goto(pathToFileURL(join(site, `${page}.html`)).href);
  return shown;
};

/** The error output of the builder for a changed copy of the pages. */
async function refused(change) {
  const copy = join(await temporary(), "docs");
  await cp(docs, copy, { recursive: true });
  await change(async (name, edit) => {
    const file = join(copy, name);
    const text = await readFile(file, "utf8").catch(() => "");
    await writeFile(file, edit(text));
  });
  const error = await build("--docs", copy, "--out", await temporary()).then(
    () => assert.fail("the build succeeded"),
    (error) => error,
  );
  assert.equal(error.code, 1);
  return error.stderr;
}

const add = (line) => (text) => `${text}\n${line}\n`;
const BROKEN = {
  "a link to a missing page": [
    add("[x](nowhere.md)"),
    "nowhere.md leads nowhere",
  ],
  "an anchor of a missing heading": [
    add("[x](writes.md#nothing)"),
    "writes.md#nothing leads nowhere",
  ],
  "a missing anchor of the same page": [
    add("[x](#nothing)"),
    "#nothing leads nowhere",
  ],
  "a link to a missing file": [
    add("[x](../gone.rs)"),
    "../gone.rs leads nowhere",
  ],
  "a link without TLS": [add("[x](http://example.ch)"), "is not an https URL"],
  "a heading that skips a level": [add("#### x"), "skips a level"],
  "HTML in the text": [add("<b>x</b>"), "HTML in the text"],
  "a picture without alternative text": [
    add("<!-- picture code -->"),
    "a picture is",
  ],
};
for (const [what, [edit, message]] of Object.entries(BROKEN))
  test(`${what} is an error`, async () => {
    const stderr = await refused((page) => page("files.md", edit));
    assert.ok(
      stderr.includes(`files.md: `) && stderr.includes(message),
      stderr,
    );
  });

test("a page without a group is an error", async () => {
  const stderr = await refused((page) => page("new.md", () => "# New\n"));
  assert.match(stderr, /new\.md is in no group/);
});

test("reports dead links of the built site", async () => {
  const links = (folder) =>
    run(process.execPath, [join(docs, "site/links.mjs"), folder]);
  assert.match((await links(site)).stdout, /^\d+ files, \d+ anchors$/m);
  const copy = await temporary();
  await cp(site, copy, { recursive: true });
  await rm(join(copy, "writes.html"));
  const page = join(copy, "relay.html");
  const text = await readFile(page, "utf8");
  await writeFile(page, text.replace('id="try-it"', 'id="try"'));
  const { stderr } = await links(copy).then(
    () => assert.fail("nothing was found"),
    (error) => error,
  );
  assert.match(stderr, /: writes\.html leads nowhere$/m);
  assert.match(
    stderr,
    /^error: relay\.html: relay\.html#try-it leads nowhere$/m,
  );
});

test("every link of the Markdown outside docs/ resolves", async () => {
  const root = join(docs, "..");
  const files = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "js-examples/README.md",
  ];
  for (const file of files) {
    const links = [];
    const text = await readFile(join(root, file), "utf8");
    render(text, {
      link: (address) => (links.push(address), address),
      picture() {},
    });
    for (const address of links.filter((link) => !/^https:/.test(link))) {
      const [path, anchor] = address.split("#");
      const target =
        path === "" ? join(root, file) : join(root, file, "..", path);
      assert.ok((await stat(target)) !== undefined, address);
      if (anchor === undefined) continue;
      const there = await readFile(target, "utf8");
      const { anchors } = render(there, { link: (link) => link, picture() {} });
      assert.ok(anchors.has(anchor), `${file}: ${address} leads nowhere`);
    }
  }
});

test("every page exists and links to every other", async () => {
  const files = await readdir(site);
  for (const page of PAGES) assert.ok(files.includes(`${page}.html`), page);
  const shown = await open("writes");
  const links = await shown.$$eval("nav a", (all) =>
    all.map((link) => link.getAttribute("href")),
  );
  assert.deepEqual(
    links,
    PAGES.map((page) => `${page}.html`),
  );
  assert.equal(
    await shown.textContent("nav [aria-current]"),
    "Retries and lost responses",
  );
});

test("shows only pictures that exist", async () => {
  const shown = await open("start-browser");
  const pictures = await shown.$$eval("img", (all) =>
    all.map(({ src, alt }) => [src.split("/").at(-1), alt]),
  );
  assert.deepEqual(pictures, [
    [`${PICTURE}.png`, "The setup page, as the sandbox shows it"],
  ]);
});

test("a test makes every picture that a page references", async () => {
  const source = (name) =>
    readFile(new URL(`../browser/${name}`, import.meta.url), "utf8");
  const names = (text, pattern) =>
    [...text.matchAll(pattern)].map(([, name]) => name);
  const inExamples = names(
    await source("examples/scenarios.mjs"),
    /\bcheckPage\(\w+, "([^"]+)"\)/g,
  );
  const made = new Set([
    ...names(
      await source("pages/pages.test.mjs"),
      /\bcheckPage\(\w+, "([^"]+)"\)/g,
    ),
    ...["web-setup-flow", "web-react"].flatMap((example) =>
      inExamples.map((name) => `${example}-${name}`),
    ),
  ]);
  let references = 0;
  for (const page of PAGES) {
    const text = await readFile(join(docs, `${page}.md`), "utf8");
    for (const name of names(text, /<!-- picture (\S+):/g)) {
      assert.ok(made.has(name), `${page}: no test makes ${name}`);
      references += 1;
    }
  }
  assert.ok(references > 0);
});

test("a narrow screen breaks names in tables at their parts, and never breaks options", async () => {
  for (const page of PAGES) {
    const shown = await open(page, { viewport: { width: 360, height: 800 } });
    const broken = await shown.$$eval("table code", (all) =>
      all
        .filter((code) => {
          const parts = code.innerHTML.split(/<wbr>|[\s-]/).length;
          return (
            [...code.getClientRects()].filter(({ width }) => width > 0).length >
            parts
          );
        })
        .map((code) => code.textContent),
    );
    assert.deepEqual(broken, [], page);
    const options = await shown.$$eval("code", (all) =>
      all
        .flatMap((code) => [...code.childNodes, ...code.querySelectorAll("*")])
        .filter((part) => /^--[\w-]+$/.test(part.textContent))
        .filter((part) => {
          const range = document.createRange();
          range.selectNodeContents(part);
          return range.getClientRects().length > 1;
        })
        .map((part) => part.textContent),
    );
    assert.deepEqual(options, [], page);
    await shown.close();
  }
});

test("search works by keyboard and lists headings first", async () => {
  const shown = await open("index");
  await shown.getByLabel("Search").fill("skipAuthorization");
  await shown.waitForSelector("#found li");
  await shown.keyboard.press("Enter");
  await shown.keyboard.press("Enter");
  await shown.waitForURL(/\.html#/);
  await shown.getByLabel("Search").fill("one-time codes");
  assert.equal(
    await shown.textContent("#found li"),
    "Concepts: One-time codes",
  );
  await shown.getByLabel("Search").fill("zeppelins over Berne");
  assert.equal(await shown.textContent("#found"), "Nothing found.");
});

// Colours depend on the scheme and layout on the width: each value once is enough.
for (const [scheme, width] of [
  ["dark", 1280],
  ["light", 360],
])
  test(`has no serious accessibility violation: ${scheme}, ${width} px`, async () => {
    for (const page of PAGES) {
      const viewport = { width, height: 800 };
      const shown = await open(page, { viewport, colorScheme: scheme });
      // Preloaded style sheets need HTTP.
      const options = { impacts: BLOCKING, preload: false };
      const found = await violations(shown, options);
      assert.deepEqual(found, [], page);
      const wide = await shown.evaluate(
        () => document.documentElement.scrollWidth,
      );
      assert.ok(wide <= width, `${page} is ${wide} points wide`);
      await shown.close();
    }
  });
