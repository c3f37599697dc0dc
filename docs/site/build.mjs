// Builds the site of the pages in docs/. Dead links and anchors, pages without a group and headings that
// skip a level are errors.
//
//   node build.mjs --out FOLDER [--pictures FOLDER]… [--api NAME]…
//
// `--pictures` names a folder of pictures that the tests made. Missing pictures are omitted. `--api`
// names a reference that is built separately: `js` or `rust`.

import {
  copyFile,
  mkdir,
  readFile,
  readdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { escape, GROUPS, PAGES, render } from "./pages.mjs";

const REPOSITORY = "https://github.com/swisscom-sign/swisscom-sign";
const API = {
  js: ["JavaScript API", "api/js/index.html"],
  rust: ["Rust API", "api/rust/swisscom_sign/index.html"],
};

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    docs: {
      type: "string",
      default: fileURLToPath(new URL("..", import.meta.url)),
    },
    pictures: { type: "string", multiple: true, default: [] },
    api: { type: "string", multiple: true, default: [] },
  },
});
if (values.out === undefined) throw new Error("--out FOLDER is missing");
const { out } = values;
const docs = resolve(values.docs);
const root = dirname(docs);
const assets = dirname(fileURLToPath(import.meta.url));

const problems = [];
/** Links to pages, checked when the anchors of all pages are known. */
const wanted = [];
const there = (path) =>
  stat(path).then(
    () => true,
    () => false,
  );

const files = (await readdir(docs)).filter((name) => name.endsWith(".md"));
for (const name of files)
  if (!PAGES.includes(name.slice(0, -3)))
    problems.push(`${name} is in no group of docs/site/pages.mjs`);

const shown = new Map();
for (const folder of values.pictures)
  if (await there(folder))
    for (const name of await readdir(folder))
      if (name.endsWith(".png")) shown.set(name, join(folder, name));
const used = new Set();

const outside = [];
const rendered = new Map();
for (const page of PAGES) {
  const text = await readFile(join(docs, `${page}.md`), "utf8").catch(() => {
    problems.push(`${page}.md is missing`);
    return "";
  });
  const made = render(text, {
    link(address) {
      if (/^[a-z]+:/.test(address)) {
        if (!/^(https|mailto):/.test(address))
          throw new Error(`${address} is not an https URL`);
        return address;
      }
      const [path, anchor = ""] = address.split("#");
      const file = path === "" ? `${page}.md` : path;
      if (dirname(file) === "." && file.endsWith(".md")) {
        const name = file.slice(0, -3);
        wanted.push({ page, address, name, anchor });
        return `${name}.html${anchor && `#${anchor}`}`;
      }
      const target = resolve(docs, file);
      outside.push({ page, address, target });
      const kind = /\.[a-z]+$/.test(file) ? "blob" : "tree";
      return `${REPOSITORY}/${kind}/main/${relative(root, target)}${anchor && `#${anchor}`}`;
    },
    picture(name) {
      const file = `${name}.png`;
      if (!shown.has(file)) return undefined;
      used.add(file);
      return `pictures/${file}`;
    },
  });
  problems.push(...made.problems.map((problem) => `${page}.md: ${problem}`));
  rendered.set(page, made);
}
for (const { page, address, name, anchor } of wanted) {
  const target = rendered.get(name);
  if (!target || (anchor !== "" && !target.anchors.has(anchor)))
    problems.push(`${page}.md: ${address} leads nowhere`);
}
for (const { page, address, target } of outside)
  if (!target.startsWith(root) || !(await there(target)))
    problems.push(`${page}.md: ${address} leads nowhere`);
if (problems.length > 0) {
  for (const problem of problems) console.error(`error: ${problem}`);
  process.exit(1);
}

const style = "style.css";
const template = (page, { title, html, headings }) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(page === "index" ? title : `${title} - swisscom-sign`)}</title>
<link rel="stylesheet" href="${style}">
<script src="search-index.js" defer></script>
<script src="search.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header><a class="name" href="index.html">swisscom-sign</a>
<form role="search" id="search" hidden><label for="query">Search</label>
<input id="query" type="search" autocomplete="off" aria-controls="found"></form></header>
<div id="found" role="status"></div>
<nav aria-label="Pages">
${navigation(page)}</nav>
<main id="content" tabindex="-1">
${html}</main>
${contents(headings)}</body>
</html>
`;

function navigation(current) {
  const item = (address, name, here) =>
    `<li><a href="${address}"${here ? ' aria-current="page"' : ""}>${escape(name)}</a></li>\n`;
  const groups = GROUPS.map(
    ([group, pages]) =>
      `<h2>${group}</h2>\n<ul>\n${pages
        .map((page) =>
          item(`${page}.html`, rendered.get(page).title, page === current),
        )
        .join("")}</ul>\n`,
  );
  const api = values.api.map((name) => item(API[name][1], API[name][0], false));
  if (api.length > 0)
    groups.push(`<h2>Reference</h2>\n<ul>\n${api.join("")}</ul>\n`);
  return groups.join("");
}

function contents(headings) {
  const items = headings.filter(({ level }) => level === 2);
  if (items.length < 2) return "";
  return `<aside aria-label="On this page">\n<h2>On this page</h2>\n<ul>\n${items
    .map(({ id, name }) => `<li><a href="#${id}">${escape(name)}</a></li>\n`)
    .join("")}</ul>\n</aside>\n`;
}

await mkdir(join(out, "pictures"), { recursive: true });
for (const [page, made] of rendered)
  await writeFile(join(out, `${page}.html`), template(page, made));
for (const name of [style, "search.js"])
  await copyFile(join(assets, name), join(out, name));
for (const name of used)
  await copyFile(shown.get(name), join(out, "pictures", name));
const index = [...rendered].flatMap(([page, { title, sections }]) =>
  sections.map(({ id, name, text }) => [
    `${page}.html#${id}`,
    title,
    name,
    text.trim(),
  ]),
);
// A script instead of JSON, because a page that is opened from disk cannot use `fetch`.
await writeFile(
  join(out, "search-index.js"),
  `globalThis.searchIndex = ${JSON.stringify(index)};\n`,
);
console.log(`${rendered.size} pages, ${used.size} pictures`);
