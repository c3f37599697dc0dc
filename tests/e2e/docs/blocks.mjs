// Extracts the code blocks of the Markdown in this repository.
//
// The JavaScript blocks below one heading, or after `<!-- program -->`, form one program, together
// with the code in `<!-- hidden … -->`. `<!-- person … -->` contains the user actions of a page: code
// that runs in Node with Playwright's `page`. A word after the language selects the runner:
// `js browser` runs in Chromium with the `html` above it, `js test` in Node's test runner.

import { readdir, readFile } from "node:fs/promises";

import { parse } from "../../../docs/site/pages.mjs";

const root = new URL("../../../", import.meta.url);

/** Every page with code: docs/, and the Markdown of other folders. */
export async function pages() {
  const docs = (await readdir(new URL("docs", root)))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`);
  const others = [
    "README.md",
    "CONTRIBUTING.md",
    "pkg/README.md",
    "js-examples/README.md",
  ];
  return Promise.all(
    [...others, ...docs].map(async (path) => ({
      path,
      ...read(await readFile(new URL(path, root), "utf8")),
    })),
  );
}

/** `{ programs, blocks }`: JavaScript by program, and the blocks of other languages. */
export function read(text) {
  const programs = [];
  const blocks = [];
  let program;
  let heading = "";
  const begin = () => {
    program = { heading, kind: undefined, code: "", html: "", person: "" };
    programs.push(program);
  };
  begin();
  const tokens = parse(text);
  tokens.forEach(({ type, info = "", content, map }, index) => {
    if (type === "heading_open") {
      heading = tokens[index + 1].content;
      begin();
    } else if (type === "html_block") {
      const [, word, rest] =
        /^<!--\s*(\w+)([\s\S]*)-->\s*$/.exec(content) ?? [];
      if (word === "program") begin();
      if (word === "hidden") program.code += `${rest}\n`;
      if (word === "person") program.person += `${rest}\n`;
    } else if (type === "fence") {
      const [language, kind = "node", ...more] = info.trim().split(/\s+/);
      const line = map[0] + 1;
      if (more.length > 0) throw new Error(`line ${line}: ${info}?`);
      if (language === "js") {
        if (program.kind !== undefined && program.kind !== kind)
          throw new Error(`line ${line}: a program is of one kind`);
        program.kind = kind;
        program.code += content;
      } else if (language === "html") {
        program.html += content;
      } else {
        blocks.push({ language, content, line });
      }
    }
  });
  for (const { heading, kind, code, html, person } of programs) {
    if (kind === undefined && code !== "")
      throw new Error(`${heading}: hidden code without a program`);
    if (kind !== "browser" && html + person !== "")
      throw new Error(`${heading}: a page needs a block of js browser`);
  }
  return { programs: programs.filter(({ kind }) => kind), blocks };
}

/** A program as a module: unique imports first. `own` replaces module names. */
export function moduleOf(code, own = {}) {
  const imports = new Set();
  const rest = code.replaceAll(/^import [^;]*;\n/gm, (line) => {
    imports.add(
      line.replace(/from "([^"]+)"/, (all, name) =>
        name in own ? `from "${own[name]}"` : all,
      ),
    );
    return "";
  });
  return `${[...imports].join("")}${rest}`;
}

/** The commands of a shell block as words, without quotes and leading assignments. */
export function commands(shell) {
  return shell
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter(Boolean)
    .flatMap((line) => line.split(/\s&&\s/))
    .map((line) => {
      const words = [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)];
      const bare = words.map(([word]) =>
        word.replaceAll(/'([^']*)'|"([^"]*)"/g, "$1$2"),
      );
      const first = bare.findIndex((word) => !/^\w+=/.test(word));
      return first < 0 ? [] : bare.slice(first);
    })
    .filter((words) => words.length > 0);
}
