// Finds import cycles between folders (Rust: between first-level modules of a crate) and, as
// information, type names that are defined in more than one file. Reads `use`, `crate::` and `super::`
// paths of Rust and relative imports of TypeScript; skips test modules. A module and its own children
// do not form a cycle. Exit status 1 if there is a cycle that is not in `KNOWN`.
//
//   node crates/xtask/lint/imports.mjs [--names]     --names lists the type names

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, normalize, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
/** Number of cycles that still exist, by tree. Lower it when one is removed; never raise it. */
const KNOWN = {};
const IGNORED = ["node_modules", "dist", "target"];

function filesBelow(folder, pattern) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return IGNORED.includes(entry.name) ? [] : filesBelow(path, pattern);
    return pattern.test(entry.name) ? [path] : [];
  });
}

/** Strongly connected components with more than one node, by Tarjan's algorithm. */
function components(graph) {
  const index = new Map();
  const low = new Map();
  const stack = [];
  const found = [];
  const visit = (node) => {
    index.set(node, index.size);
    low.set(node, index.get(node));
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      else if (!stack.includes(next)) continue;
      low.set(node, Math.min(low.get(node), low.get(next)));
    }
    if (low.get(node) !== index.get(node)) return;
    const component = stack.splice(stack.indexOf(node));
    if (component.length > 1) found.push(component.sort());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return found;
}

const rustSource = (path) =>
  readFileSync(path, "utf8")
    .split(/#\[cfg\(test\)\]\s*mod /)[0]
    .replaceAll(/\/\/.*/g, "");

/** The paths of a `use` declaration, each as a list of names. */
function usePaths(text, prefix = []) {
  const parts = [""];
  let depth = 0;
  for (const letter of text) {
    depth += (letter === "{") - (letter === "}");
    if (letter === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  const names = (path) => path.split("::").filter(Boolean);
  return parts
    .map((part) => part.trim())
    .filter(Boolean)
    .flatMap((part) => {
      const [, start, group] = part.match(/^([\w:]*?)(?:::)?\{(.*)\}$/s) ?? [];
      if (group !== undefined)
        return usePaths(group, [...prefix, ...names(start)]);
      return [[...prefix, ...names(part.split(" as ")[0])]];
    });
}

function rustGraph(source) {
  const modules = new Map();
  for (const path of filesBelow(source, /(?<!tests)\.rs$/)) {
    const names = relative(source, path).replace(/\.rs$/, "").split("/");
    if (names.at(-1) === "mod") names.pop();
    if (names.length > 0 && !["lib", "main"].includes(names[0]))
      modules.set(names.join("::"), path);
  }
  const graph = new Map();
  for (const [name, path] of modules) {
    const own = name.split("::");
    const text = rustSource(path);
    const paths = [
      ...[...text.matchAll(/\buse\s+([^;]+);/g)].flatMap(([, use]) =>
        usePaths(use),
      ),
      ...[...text.matchAll(/\b(?:crate|super)(?:::\w+)+/g)].map(([used]) =>
        used.split("::"),
      ),
    ];
    const imported = new Set();
    for (const [first, ...rest] of paths) {
      let full;
      if (first === "crate") full = rest;
      else if (first === "self") full = [...own, ...rest];
      else if (first === "super") {
        const levels = [first, ...rest].findIndex((name) => name !== "super");
        const up = levels < 0 ? rest.length + 1 : levels;
        full = [...own.slice(0, -up), ...[first, ...rest].slice(up)];
      } else if (modules.has([...own, first].join("::")))
        full = [...own, first, ...rest];
      else continue;
      while (full.length > 0 && !modules.has(full.join("::")))
        full = full.slice(0, -1);
      if (full.length > 0) imported.add(full.join("::"));
    }
    imported.delete(name);
    graph.set(name, imported);
  }
  return { graph, folder: (name) => name.split("::")[0] };
}

function typescriptGraph(source) {
  const graph = new Map();
  const pattern = /(?<!\.d|\.test)\.(ts|tsx|mts|mjs)$/;
  for (const path of filesBelow(source, pattern)) {
    const imported = new Set();
    const text = readFileSync(path, "utf8");
    const imports = /^\s*(?:import|export)\s[^;"]*?from\s+"(\.[^"]+)"/gm;
    for (const [, specifier] of text.matchAll(imports)) {
      const target = normalize(join(dirname(path), specifier));
      const file = [
        target,
        target.replace(/\.js$/, ".ts"),
        target.replace(/\.js$/, ".tsx"),
        `${target}.ts`,
        `${target}.tsx`,
      ].find((file) => /\.\w+$/.test(file) && existsSync(file));
      if (file && file !== path) imported.add(relative(source, file));
    }
    graph.set(relative(source, path), imported);
  }
  return { graph, folder: (name) => name };
}

function cycles() {
  const crates = readdirSync(join(root, "crates")).sort();
  const trees = [
    ["src", rustGraph],
    ...crates.map((crate) => [`crates/${crate}/src`, rustGraph]),
    ["pkg", typescriptGraph],
    ["js-examples", typescriptGraph],
  ];
  let count = 0;
  let allowed = true;
  for (const [tree, read] of trees) {
    let found = 0;
    const { graph, folder } = read(join(root, tree));
    for (const component of components(graph)) {
      if (new Set(component.map(folder)).size < 2) continue;
      found += 1;
      console.log(`${tree}: import cycle of ${component.join(", ")}`);
      for (const from of component)
        for (const to of graph.get(from))
          if (component.includes(to) && folder(from) !== folder(to))
            console.log(`    ${from} -> ${to}`);
    }
    count += found;
    allowed &&= found <= (KNOWN[tree] ?? 0);
  }
  console.log(`${count} import cycles between folders`);
  return allowed;
}

/** Counts type names that are defined in several files and visible outside of one of them. */
function typeNames(list) {
  const rust =
    /^[ \t]{0,4}(pub(?:\([^)]*\))? )?(?:struct|enum|trait|union|type) ([A-Z]\w+)/gm;
  const typescript =
    /^(export )?(?:abstract )?(?:class|interface|type|enum) ([A-Z]\w+)/gm;
  const names = new Map();
  for (const tree of ["src", "crates", "pkg"])
    for (const path of filesBelow(join(root, tree), /\.(rs|tsx?)$/)) {
      const file = relative(root, path);
      if (
        /tests?\.rs$|\.d\.ts$|\/(generated|tests?|golden|benches)\//.test(file)
      )
        continue;
      const isRust = file.endsWith(".rs");
      const text = isRust ? rustSource(path) : readFileSync(path, "utf8");
      for (const [, isPublic, name] of text.matchAll(
        isRust ? rust : typescript,
      )) {
        const places = names.get(name) ?? new Map();
        if (!places.has(file)) places.set(file, Boolean(isPublic));
        names.set(name, places);
      }
    }
  const repeated = [...names].filter(
    ([, places]) => places.size > 1 && [...places.values()].includes(true),
  );
  if (list)
    for (const [name, places] of repeated.sort((a, b) => b[1].size - a[1].size))
      console.log(`${places.size} ${name}: ${[...places.keys()].join(", ")}`);
  console.log(
    `${repeated.length} of ${names.size} type names are defined in more than one file`,
  );
}

typeNames(process.argv.includes("--names"));
if (!cycles()) process.exitCode = 1;
