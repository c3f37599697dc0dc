// `explainLevel` and `levelOf`.

import assert from "node:assert/strict";
import { test } from "node:test";

import { build } from "esbuild";

import { SignError, explainLevel, levelOf } from "swisscom-sign";

const FACTS = {
  SIMPLE: ["SES", undefined, ["CLICK"]],
  ADVANCED: ["AES", "ZERTES", ["APP", "SMS", "PASSKEY", "OSS"]],
  ADVANCED_EU: ["AES", "EIDAS", ["APP", "PASSKEY", "OSS"]],
  QUALIFIED: ["QES", "ZERTES", ["APP", "PASSKEY", "OSS"]],
  QUALIFIED_EU: ["QES", "EIDAS", ["APP", "PASSKEY", "OSS"]],
};

/** The term for a handwritten signature. */
const BY_HAND = {
  de: /(handschriftlichen?|eigenhändigen) Unterschrift/,
  fr: /signature manuscrite/,
  it: /firma autografa/,
  en: /handwritten signature/,
};

test("explains every level in four languages", () => {
  for (const [level, [quality, legislation, methods]] of Object.entries(FACTS)) {
    const meanings = new Set();
    for (const [language, byHand] of Object.entries(BY_HAND)) {
      const explained = explainLevel(level, language);
      assert.deepEqual(
        [explained.level, explained.quality, explained.legislation, explained.methods],
        [level, quality, legislation, methods],
      );
      assert.equal(byHand.test(explained.meaning), level !== "SIMPLE", `${level} ${language}`);
      assert.match(explained.law ?? "", legislation ? /eIDAS|943\.03/ : /^$/);
      meanings.add(explained.meaning).add(explained.name);
    }
    assert.equal(meanings.size, 8, level);
  }
  assert.match(explainLevel("QUALIFIED", "de").meaning, /gleichgestellt; .*Art\. 14 Abs\. 2bis OR/);
  assert.match(
    explainLevel("QUALIFIED_EU").meaning,
    /handwritten signature in the EU \(Art\. 25\(2\) eIDAS\)/,
  );
  assert.equal(explainLevel("SIMPLE", "fr-CH").name, explainLevel("SIMPLE", "fr").name);
  explainLevel("ADVANCED").methods.push("CLICK");
  assert.equal(explainLevel("ADVANCED").methods.length, 4, "a copy");
});

test("finds a level by quality and legislation", () => {
  for (const [level, [quality, legislation]] of Object.entries(FACTS)) {
    assert.equal(levelOf({ quality, legislation }), level);
  }
  for (const legislation of ["ZERTES", "EIDAS"]) {
    assert.equal(levelOf({ quality: "SES", legislation }), "SIMPLE");
  }
});

test("rejects unknown levels, languages and qualities", () => {
  for (const level of ["BEST", "constructor", "", undefined, null, 7, {}]) {
    assert.throws(() => explainLevel(level), SignError, String(level));
  }
  for (const language of ["rm", "", "deutsch", null, 7]) {
    assert.throws(() => explainLevel("SIMPLE", language), { code: "invalid_argument" });
  }
  for (const wanted of [
    undefined,
    null,
    {},
    { quality: "QES" },
    { quality: "AES", legislation: "SWISS" },
    { quality: "SES", legislation: "SWISS" },
    { quality: "BEST", legislation: "ZERTES" },
  ]) {
    assert.throws(() => levelOf(wanted), { code: "invalid_argument" }, JSON.stringify(wanted));
  }
});

test("bundlers drop the level texts if they are unused", async () => {
  const bundled = async (names) => {
    const { outputFiles } = await build({
      stdin: {
        contents: `import { ${names} } from "swisscom-sign"; console.log(${names});`,
        resolveDir: import.meta.dirname,
      },
      bundle: true,
      write: false,
      format: "esm",
    });
    return outputFiles[0].text;
  };
  assert.doesNotMatch(await bundled("createClient"), /signature manuscrite/);
  assert.match(await bundled("explainLevel"), /signature manuscrite/);
});
