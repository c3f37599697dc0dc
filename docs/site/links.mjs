// Checks every link of a built site from its first page: pages, references, pictures, anchors. A dead
// link is an error.
//
//   node links.mjs FOLDER

import { readFile } from "node:fs/promises";
import { join } from "node:path";

const [folder] = process.argv.slice(2);
const SITE = "http://site/";
const plain = (text) =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");

/** The anchors of each page that was read; `undefined` for other files. */
const seen = new Map();
const dead = new Set();
const anchors = [];
const open = [["index.html", "the site"]];
while (open.length > 0) {
  const [path, from] = open.pop();
  if (seen.has(path)) continue;
  const text = await readFile(join(folder, path), "utf8").catch(
    () => undefined,
  );
  if (text === undefined) {
    dead.add(`${from}: ${path} leads nowhere`);
    continue;
  }
  seen.set(path, undefined);
  if (!path.endsWith(".html")) continue;
  // Ignore links in the text of scripts.
  const html = text.replaceAll(/(<script[^>]*>)[^]*?<\/script>/g, "$1");
  const found = (pattern) =>
    [...html.matchAll(pattern)].map(([, value]) => plain(value));
  seen.set(
    path,
    new Set(
      found(/\s(?:id|name)="([^"]+)"/g).map((id) => decodeURIComponent(id)),
    ),
  );
  for (const address of found(/\s(?:href|src)="([^"]*)"/g)) {
    const url = new URL(address, SITE + path);
    if (!url.href.startsWith(SITE)) continue;
    const target = decodeURIComponent(url.pathname.slice(1)) || "index.html";
    open.push([target, path]);
    // A script resolves anchors of source lines.
    if (url.hash.length > 1 && !/^#\d+(-\d+)?$/.test(url.hash))
      anchors.push([path, target, decodeURIComponent(url.hash.slice(1))]);
  }
}
for (const [from, target, anchor] of anchors)
  if (seen.get(target)?.has(anchor) === false)
    dead.add(`${from}: ${target}#${anchor} leads nowhere`);

for (const problem of dead) console.error(`error: ${problem}`);
if (dead.size > 0) process.exitCode = 1;
else console.log(`${seen.size} files, ${anchors.length} anchors`);
