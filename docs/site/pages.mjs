// The pages of the site in their order, and the conversion from Markdown to HTML. The title of a page
// is its first heading.

import { createRequire } from "node:module";

const require = createRequire(
  new URL("../../pkg/package.json", import.meta.url),
);
const MarkdownIt = require("markdown-it");

/** Groups of pages: names of files in docs/ without extension. */
export const GROUPS = [
  ["Start", ["index", "start-node", "start-browser"]],
  ["Understand", ["concepts", "writes", "waiting", "files"]],
  ["Run", ["relay", "relay-threats", "sandbox"]],
  ["Look up", ["errors", "migrating", "glossary"]],
];

export const PAGES = GROUPS.flatMap(([, pages]) => pages);

const markdown = new MarkdownIt({ html: true });

// Long names may break between their parts; options must not break.
markdown.renderer.rules.code_inline = (tokens, index) => {
  const parts = tokens[index].content.split(
    /(?<=[\w}][/:_.])(?=[\w{])|(?=\((?!\)))/,
  );
  const html = parts.map(escape).join("<wbr>");
  return `<code>${html.replaceAll(/--[\w-]+/g, "<span>$&</span>")}</code>`;
};

/** The Markdown tokens of a page. */
export const parse = (text) => markdown.parse(text, {});

/** The anchor of a heading, as on GitHub. */
export const slug = (text) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");

/** The text of an inline token without markup. */
const words = (token) =>
  (token.children ?? [])
    .map(({ type, content }) =>
      type === "text" || type === "code_inline"
        ? content
        : type === "softbreak"
          ? " "
          : "",
    )
    .join("");

/**
 * A page as HTML: `{ title, html, anchors, headings, sections, problems }`. `link` maps a link of the
 * page to a link of the site, or throws. `picture` maps a name to the URL of the picture, or to
 * `undefined` if the picture does not exist.
 */
export function render(text, { link, picture }) {
  const tokens = parse(text);
  const problems = [];
  const headings = [];
  const sections = [];
  const anchors = new Map();
  const attempt = (token, attribute) => {
    try {
      token.attrSet(attribute, link(token.attrGet(attribute)));
    } catch (error) {
      problems.push(error.message);
    }
  };
  tokens.forEach((token, index) => {
    const { type, content } = token;
    if (type === "heading_open") {
      const name = words(tokens[index + 1]);
      const base = slug(name);
      const count = anchors.get(base) ?? 0;
      anchors.set(base, count + 1);
      const id = count === 0 ? base : `${base}-${count}`;
      anchors.set(id, anchors.get(id) ?? 1);
      token.attrSet("id", id);
      const level = Number(token.tag.slice(1));
      const before = headings.at(-1)?.level ?? 0;
      if (level > before + 1 || (level === 1 && index > 0))
        problems.push(`the heading "${name}" skips a level`);
      headings.push({ id, name, level });
      sections.push({ id, name, text: "" });
    } else if (type === "inline") {
      const section = sections.at(-1);
      if (tokens[index - 1]?.type !== "heading_open" && section)
        section.text += `${words(token)} `;
      for (const child of token.children) {
        if (child.type === "link_open") attempt(child, "href");
        if (child.type === "image")
          problems.push("pictures are made by the tests: <!-- picture -->");
        if (child.type === "html_inline")
          problems.push(`HTML in the text: ${child.content}`);
      }
    } else if (type === "html_block") {
      const found = /^<!--([\s\S]*)-->\s*$/.exec(content);
      if (!found) problems.push(`HTML in the text: ${content.trim()}`);
      token.content = figure(found?.[1] ?? "", picture, problems);
    } else if (type === "fence") {
      // The words after the language are for the tests.
      token.info = token.info.split(" ")[0];
      // Makes long lines scrollable by keyboard.
      token.attrSet("tabindex", "0");
    }
  });
  const html = markdown.renderer
    .render(tokens, markdown.options, {})
    .replaceAll("<table>", '<div class="table" tabindex="0"><table>')
    .replaceAll("</table>", "</table></div>")
    // Remove the header of tables without column names.
    .replaceAll(/<thead>\s*<tr>(\s*<th><\/th>)+\s*<\/tr>\s*<\/thead>/g, "")
    // An empty header cell must not be a heading.
    .replaceAll("<th></th>", "<td></td>");
  const [first] = headings;
  if (first?.level !== 1) problems.push("a page begins with its title");
  return {
    title: first?.name ?? "",
    html,
    anchors: new Set(anchors.keys()),
    headings,
    sections,
    problems,
  };
}

/** The figure of `<!-- picture NAME: ALT TEXT -->`; other comments produce no output. */
function figure(comment, picture, problems) {
  const [command, ...rest] = comment.trim().split(/\s+/);
  if (command !== "picture") return "";
  const [, name, alt] = /^(\S+): (.+)$/.exec(rest.join(" ")) ?? [];
  if (!alt) {
    problems.push(`a picture is <!-- picture NAME: what it shows -->: ${rest}`);
    return "";
  }
  const source = picture(name);
  return source === undefined
    ? ""
    : `<figure><img src="${source}" alt="${escape(alt)}" loading="lazy"><figcaption>${escape(alt)}</figcaption></figure>\n`;
}

export const escape = (text) =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
