// Compares the shipped declarations with the reviewed ones in test/golden.
//
//   UPDATE_GOLDEN=1 npm test   updates the golden files, for review

import assert from "node:assert/strict";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";

import ts from "typescript";

const dist = join(import.meta.dirname, "../dist");
const golden = join(import.meta.dirname, "golden");

const declarations = (await readdir(dist, { recursive: true })).filter((file) =>
  file.endsWith(".d.ts"),
);

test("the shipped declarations equal the golden files", async () => {
  // The generated contract types are reviewed in src/generated.
  const files = declarations.filter((file) => !file.startsWith("generated")).sort();
  for (const file of files) {
    const text = await readFile(join(dist, file), "utf8");
    const path = join(golden, file);
    if (process.env.UPDATE_GOLDEN) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
    assert.equal(text, await readFile(path, "utf8").catch(() => ""), `${file} has changed`);
  }
  const known = (await readdir(golden, { recursive: true })).filter((file) =>
    file.endsWith(".d.ts"),
  );
  assert.deepEqual(known.sort(), files);
});

test("declarations contain no any and no internal types", async () => {
  for (const file of declarations) {
    const text = await readFile(join(dist, file), "utf8");
    const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
    assert.doesNotMatch(code, /\bany\b|__wb|InitOutput|\bConnection\b/, file);
    assert.doesNotMatch(text, /\[`/, `${file} has a link of another language`);
  }
});

test("every optional property accepts an explicit undefined", async () => {
  // The interfaces of these files are internal.
  const internal = ["source.d.ts", "wire.d.ts"];
  for (const file of declarations.filter((name) => !internal.includes(name))) {
    const text = await readFile(join(dist, file), "utf8");
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const visit = (node) => {
      if (ts.isPropertySignature(node) && node.questionToken) {
        const types = ts.isUnionTypeNode(node.type) ? node.type.types : [node.type];
        const accepts = types.some(({ kind }) =>
          [ts.SyntaxKind.UndefinedKeyword, ts.SyntaxKind.UnknownKeyword].includes(kind),
        );
        assert.ok(accepts, `${file}: ${node.getText()}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
});

test("CommonJS has the same declarations", async () => {
  for (const file of declarations) {
    const [esm, cjs] = await Promise.all(
      [file, file.replace(/\.d\.ts$/, ".d.cts")].map((name) => readFile(join(dist, name), "utf8")),
    );
    assert.equal(cjs, esm.replaceAll(/(from "\.[^"]+)\.js"/g, '$1.cjs"'));
  }
});
