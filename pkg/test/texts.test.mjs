// Rules for texts in four languages: those of `explainLevel` and of the web examples.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { build } from "esbuild";

import { explainLevel } from "swisscom-sign";

const EXAMPLES = new URL("../../js-examples/web-shared/texts.ts", import.meta.url);

/** German, French, Italian, English, by key. */
async function exampleTexts() {
  const contents = `${await readFile(EXAMPLES, "utf8")}\nexport { ROWS };`;
  const { outputFiles } = await build({
    stdin: { contents, loader: "ts" },
    write: false,
    format: "esm",
  });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  return (await import(`data:text/javascript;base64,${code}`)).ROWS;
}

const placeholders = (text) => (text.match(/\{\w+\}/g) ?? []).sort();

function checkTypography([german, french, italian, english], key) {
  assert.doesNotMatch(german, /ß/, key);
  for (const text of [french, italian]) assert.doesNotMatch(text, /'/, key);
  assert.doesNotMatch(english, / …/, key);
}

test("the example texts have the same placeholders in all languages", async () => {
  for (const [key, row] of Object.entries(await exampleTexts())) {
    assert.equal(row.length, 4, key);
    for (const text of row) {
      assert.notEqual(text, "", key);
      assert.deepEqual(placeholders(text), placeholders(row[0]), key);
    }
  }
});

test("all texts follow the typography of their language", async () => {
  for (const [key, row] of Object.entries(await exampleTexts())) checkTypography(row, key);
  for (const level of ["SIMPLE", "ADVANCED", "ADVANCED_EU", "QUALIFIED", "QUALIFIED_EU"]) {
    const explained = ["de", "fr", "it", "en"].map((language) => explainLevel(level, language));
    for (const field of ["name", "law", "meaning"]) {
      checkTypography(
        explained.map((explanation) => explanation[field] ?? ""),
        `${level} ${field}`,
      );
    }
  }
});
