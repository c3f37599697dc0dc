// `swisscom-sign/pdf`: inspection, placement, and hostile files.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { deflateSync } from "node:zlib";

import { SignError, ValidationError as MainError } from "swisscom-sign";
import { ValidationError, checkPlacement, inspect, loadWasm } from "swisscom-sign/pdf";

import { file, objects, stream, text } from "./pdf-files.mjs";
import { rejection } from "./support.mjs";

const A4 = "/MediaBox[0 0 595 842]";
const sample = file(
  objects([
    { content: text(72, 700, "Signature: \\s1\\") },
    { entries: "/MediaBox[0 0 595 842]/CropBox[10 20 410 320]/Rotate 90" },
    { content: text(100, 200, "\\s2\\") + text(100, 100, "\\s1\\") },
  ]),
);

test("reports pages as displayed, and tags in the contract's coordinates", async () => {
  const found = await inspect(sample);
  const box = { left: 0, bottom: 0, right: 595, top: 842 };
  const a4 = { width: 595, height: 842, rotation: 0, visibleBox: box };
  assert.equal(found.pageCount, 3);
  assert.deepEqual(found.pages, [
    a4,
    {
      width: 300,
      height: 400,
      rotation: 90,
      visibleBox: { left: 10, bottom: 20, right: 410, top: 320 },
    },
    a4,
  ]);
  const { tags } = found;
  assert.deepEqual(
    tags.map(({ tag, number, page, x }) => [tag, number, page, x]),
    // Helvetica sets "Signature: " 58.0 points wide.
    [
      ["\\s1\\", 1, 0, 130],
      ["\\s2\\", 2, 2, 100],
    ],
  );
  // The baseline is 142 points from the top, and the text is about as high as its font size.
  assert.ok(tags[0].y > 142 - 13 && tags[0].y < 142 - 7, String(tags[0].y));
  const { encrypted, signed, certified, problems } = found;
  assert.deepEqual([encrypted, signed, certified, problems], [false, 0, false, []]);
});

const folder = await mkdtemp(join(tmpdir(), "swisscom-sign-pdf-"));
after(() => rm(folder, { recursive: true, force: true }));

test("accepts bytes, a subarray, a buffer, a Blob and a path", async () => {
  const path = join(folder, "sample.pdf");
  await writeFile(path, sample);
  const wide = new Uint8Array(sample.length + 20);
  wide.set(sample, 10);
  const expected = await inspect(sample);
  for (const source of [
    wide.subarray(10, 10 + sample.length),
    new DataView(wide.buffer, 10, sample.length),
    sample.buffer.slice(sample.byteOffset, sample.byteOffset + sample.length),
    Buffer.from(sample),
    new Blob([sample]),
    new File([sample], "a.pdf"),
    { path },
    { path: pathToFileURL(path) },
  ]) {
    assert.deepEqual(await inspect(source), expected);
  }
  assert.equal(sample[0], 0x25, "the caller's bytes are as they were");
});

test("the CommonJS build behaves the same and shares the error classes", async () => {
  const cjs = createRequire(import.meta.url)("swisscom-sign/pdf");
  assert.deepEqual(await cjs.inspect(sample), await inspect(sample));
  const error = await rejection(cjs.inspect(new Uint8Array(3)));
  assert.ok(error instanceof ValidationError && error instanceof MainError);
});

const signature = "<</Type/Sig/Filter/Adobe.PPKLite/Reference[6 0 R]>>";
const certification = {
  5: signature,
  6: "<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</P 2>>>>",
  7: "<</FT/Sig/T(author)/V 5 0 R>>",
};

test("reports problems of readable files", async () => {
  const plain = [{ content: text(72, 700, "\\s1\\") }];
  const form = "/AcroForm<</Fields[7 0 R]>>";
  const cases = [
    ["file_encrypted", file(objects(plain), "/Encrypt<</Filter/Standard/V 1>>")],
    ["file_certified", file({ ...objects(plain, form), ...certification })],
  ];
  for (const [code, bytes] of cases) {
    const found = await inspect(bytes);
    const [problem, ...more] = found.problems;
    assert.deepEqual([problem.path, problem.code, more], ["$.content", code, []]);
    assert.equal(found.encrypted, code === "file_encrypted");
    assert.equal(found.certified, code === "file_certified");
    assert.equal(found.signed, code === "file_certified" ? 1 : 0);
    assert.equal(found.pageCount, 1, code);
    assert.equal(found.tags.length, code === "file_encrypted" ? 0 : 1, code);
  }
  const signed = file({ ...objects(plain, form), ...certification, 6: "<<>>" });
  const found = await inspect(signed);
  assert.deepEqual([found.signed, found.certified, found.problems], [1, false, []]);
});

test("rejects unreadable files with code and path", async () => {
  const circle = file({ ...objects([{}]), 2: "<</Type/Pages/Count 1/Kids[2 0 R]>>" });
  const huge = { size: 2 ** 31, arrayBuffer: () => assert.fail("it was read") };
  const cases = [
    ["file_empty", new Uint8Array(0)],
    ["not_a_pdf", Buffer.from("Hello")],
    ["file_damaged", Buffer.from("%PDF-1.7\n")],
    ["file_damaged", sample.subarray(0, sample.length - 40)],
    ["file_damaged", circle],
    ["file_too_large", huge],
    ["file_too_large", new Uint8Array(64 * 2 ** 20 + 1)],
    ["required", { path: join(folder, "missing.pdf") }],
    ["required", { path: folder }],
    ["type", undefined],
    ["type", "a.pdf"],
    ["type", { pages: 1 }],
  ];
  for (const [code, source] of cases) {
    const error = await rejection(inspect(source));
    assert.ok(error instanceof ValidationError && error instanceof SignError, code);
    const [{ path, code: found, message }] = error.problems;
    assert.deepEqual([path, found, error.code], ["$.content", code, "validation_failed"]);
    assert.ok(error.message.endsWith(message));
  }
  assert.equal((await inspect(sample)).pageCount, 3);
});

test("reports a file above the limit of attach, with its pages", async () => {
  const limit = 41_943_039;
  const at = (size) => {
    const fill = (length) => file({ ...objects([{}]), 20: stream(Buffer.alloc(length)) });
    return fill(size - fill(10_000_000).length + 10_000_000);
  };
  assert.deepEqual((await inspect(at(limit))).problems, []);
  const found = await inspect(at(limit + 1));
  assert.equal(found.pageCount, 1);
  assert.deepEqual(
    found.problems.map(({ code }) => code),
    ["file_too_large"],
  );
});

const codes = (problems) => problems.map(({ path, code }) => `${path} ${code}`);
const P = "$.signaturePositions";

test("checks positions against pages, visible area and tags", async () => {
  const signers = ["anna", "ben", "carl"];
  const at = (pageNumber, positionX, positionY, signer = "anna") => ({
    signer,
    pageNumber,
    positionX,
    positionY,
  });
  const tag = (signer, more) => ({ signer, locator: "TAG", ...more });
  const cases = [
    [at(0, 0, 0)],
    [at(-1, 425, 792)],
    [at(0, 426, 792), `${P}[0] outside_visible_area`],
    [at(0, 425, 793), `${P}[0] outside_visible_area`],
    // The second page shows 300 by 400 points after its rotation.
    [at(1, 130, 350)],
    [at(1, 131, 350), `${P}[0] outside_visible_area`],
    [at(3, 0, 0), `${P}[0].pageNumber page_out_of_range`],
    [at(-4, 0, 0), `${P}[0].pageNumber page_out_of_range`],
    [
      at(Number.MIN_SAFE_INTEGER, 0, 0),
      `${P}[0].pageNumber minimum`,
      `${P}[0].pageNumber page_out_of_range`,
    ],
    [at(0, 0, 0, "dora"), `${P}[0].signer unknown_participant`],
    [at(0, -1, 0), `${P}[0].positionX minimum`, `${P}[0] outside_visible_area`],
    [at(0, "1", 0), `${P}[0].positionX type`],
    [tag("anna")],
    [tag("ben", { offsetX: 200, offsetY: 100 })],
    [tag("ben", { offsetX: -150 }), `${P}[0] outside_visible_area`],
    [tag("ben", { offsetX: 201 }), `${P}[0].offsetX maximum`],
    [tag("carl"), `${P}[0] tag_not_found`],
    [{ locator: "TAG" }, `${P}[0].signer required`],
    ["x", `${P}[0] type`],
  ];
  const found = await inspect(sample);
  for (const [position, ...expected] of cases) {
    const problems = await checkPlacement(found, [position], { signers });
    assert.deepEqual(codes(problems), expected, JSON.stringify(position));
  }
  const all = cases.map(([position]) => position).filter((position) => position.signer !== "carl");
  const [fromFile, fromFound] = await Promise.all(
    [sample, found].map((pdf) => checkPlacement(pdf, all, { signers })),
  );
  assert.deepEqual(fromFile, fromFound);
  const others = fromFile.filter(({ code }) => code !== "overlapping_positions");
  assert.equal(others.length, cases.flatMap(([, ...codes]) => codes).length - 1);
});

test("warns about signatures that overlap", async () => {
  const at = (positionX) => ({ signer: "anna", pageNumber: 0, positionX, positionY: 9 });
  assert.deepEqual(await checkPlacement(sample, [at(0), at(170)]), []);
  const problems = await checkPlacement(sample, [at(0), at(170), at(169)]);
  assert.deepEqual(codes(problems), [`${P}[2] overlapping_positions`]);
  assert.equal(problems[0].message, "signature overlaps the one of signaturePositions[0]");
});

test("keeps the pages of a file that could not be searched completely for tags", async () => {
  const complex = file(
    objects([{ content: stream("q ".repeat(5000)) }, { content: text(72, 700, "\\s2\\") }]),
  );
  const found = await inspect(complex);
  assert.deepEqual(codes(found.problems), ["$.content tags_not_searched"]);
  assert.equal(found.pageCount, 2);
  assert.deepEqual(
    found.tags.map(({ number }) => number),
    [2],
  );
  const positions = ["anna", "ben"].map((signer) => ({ signer, locator: "TAG" }));
  const problems = await checkPlacement(found, positions, { signers: ["anna", "ben"] });
  assert.deepEqual(codes(problems), [`${P}[0] tags_not_searched`]);
});

test("accepts bytes before the header", async () => {
  for (const before of ["\n", "\ufeff"]) {
    const found = await inspect(Buffer.concat([Buffer.from(before), sample]));
    assert.deepEqual([found.pageCount, found.problems], [3, []]);
  }
});

test("without the signer order, reports missing tags only for a file without tags", async () => {
  const position = { signer: "anna", locator: "TAG" };
  assert.deepEqual(await checkPlacement(sample, [position]), []);
  const bare = file(objects([{}]));
  assert.deepEqual(codes(await checkPlacement(bare, [position])), [`${P}[0] tag_not_found`]);
  const locked = file(objects([{}]), "/Encrypt<</Filter/Standard>>");
  assert.deepEqual(codes(await checkPlacement(locked, [position])), ["$.content file_encrypted"]);
});

test("rejects invalid and hostile values with a SignError", async () => {
  const found = await inspect(sample);
  const circle = [{ signer: "a" }];
  circle[0].more = circle;
  const throwing = {
    get signer() {
      throw new RangeError("mine");
    },
  };
  const hostile = new Proxy(
    {},
    {
      get: (_, key) => (key === "then" ? undefined : hostile),
      has: () => true,
    },
  );
  const calls = [
    () => checkPlacement(found, undefined),
    () => checkPlacement(found, {}),
    () => checkPlacement(found, [], { signers: "anna" }),
    () => checkPlacement(found, circle),
    () => checkPlacement(found, [throwing]),
    () => checkPlacement(found, [{ signer: 1n }]),
    () => checkPlacement({ ...found, pages: [{ width: Symbol("w") }] }, []),
    () => checkPlacement({ ...found, tags: [{}] }, []),
    () => checkPlacement(hostile, []),
    () => inspect(hostile),
    () => inspect({ size: 5, arrayBuffer: () => Promise.reject(new Error("gone")) }),
    () => inspect({ size: 5, arrayBuffer: () => Symbol("s") }),
    () => inspect({ path: 7 }),
    () => inspect({ path: "a\0b" }),
    () => inspect(new Proxy(sample, {})),
  ];
  for (const call of calls) {
    const error = await rejection(call());
    assert.ok(error instanceof SignError, `${call}: ${error}`);
    assert.deepEqual(await checkPlacement(found, []), [], "the next call works");
  }
  // Numbers, but impossible for a page.
  const odd = { ...found, pages: [{ width: NaN, height: Infinity }], tags: [] };
  const position = { signer: "a".repeat(200), pageNumber: 0, positionX: 1, positionY: 1 };
  assert.deepEqual(codes(await checkPlacement(odd, [position])), [
    `${P}[0].signer too_long`,
    `${P}[0] outside_visible_area`,
  ]);
  assert.deepEqual(codes(await checkPlacement(found, ["\ud800"])), ["$ syntax"]);
});

/** Small files that would cost a naive reader gigabytes or minutes. */
function bombs() {
  const flate = (data, entries = "") => stream(deflateSync(data), `/Filter/FlateDecode${entries}`);
  const blank = Buffer.alloc(70 * 2 ** 20, " ");
  const page = (content, entries = A4) => objects([{ content, entries }]);
  const parts = Array.from({ length: 60 }, (_, index) => 100 + index);
  const form = (index) =>
    stream(
      "/X Do ".repeat(10),
      `/Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</X ${index} 0 R>>>>`,
    );
  const forms = Object.fromEntries(
    Array.from({ length: 15 }, (_, index) => [100 + index, form(101 + index)]),
  );
  const kids = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [
      20 + index,
      `<</Type/Pages/Kids[${21 + index} 0 R ${21 + index} 0 R]>>`,
    ]),
  );
  return {
    content: page(flate(blank)),
    "in itself": page(stream(deflateSync(deflateSync(blank)), "/Filter[/FlateDecode/FlateDecode]")),
    "many parts": {
      ...page(stream("")),
      10: `<</Type/Page/Parent 2 0 R/Contents[${parts.map((n) => `${n} 0 R `).join("")}]>>`,
      ...Object.fromEntries(parts.map((n) => [n, flate(Buffer.alloc(8 * 2 ** 20, " "))])),
    },
    forms: {
      ...page(stream("/X Do")),
      10: "<</Type/Page/Parent 2 0 R/Contents 11 0 R/Resources<</XObject<</X 100 0 R>>>>>>",
      ...forms,
    },
    "page tree": {
      ...page(stream("")),
      2: "<</Type/Pages/Kids[20 0 R 20 0 R]>>",
      ...kids,
      60: "<</Type/Page>>",
    },
    "deep list": {
      ...page(stream("")),
      1: "<</Type/Catalog/Pages 2 0 R/AcroForm 20 0 R>>",
      20: "[".repeat(100_000) + "]".repeat(100_000),
    },
    "deep content": page(stream("[".repeat(500_000))),
    "deep states": page(stream("q ".repeat(500_000))),
    fonts: page(flate(Buffer.from("BT /F1 9 Tf (a) Tj ET ".repeat(200_000)))),
    "half tags": page(flate(Buffer.from(`BT /F1 9 Tf ${"(\\\\ss\\\\) Tj ".repeat(200_000)} ET`))),
  };
}

test("bounds time and memory for small hostile files", async () => {
  for (const [name, objects] of Object.entries(bombs())) {
    const outcome = await inspect(file(objects)).catch((error) => error);
    if (outcome instanceof Error) {
      assert.ok(outcome instanceof ValidationError, name);
      assert.equal(outcome.problems[0].code, "file_damaged", name);
      assert.equal(outcome.cause, undefined, `${name}: the module trapped`);
    }
  }
  assert.equal((await inspect(sample)).pageCount, 3);
});

/** A deterministic random generator (xorshift). */
function numbers(seed) {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

test("never traps on damaged files", async () => {
  const rounds = process.env.SWISSCOM_SIGN_FULL ? 20_000 : 300;
  const below = numbers(0x5eed);
  for (let round = 0; round < rounds; round += 1) {
    const mutant = sample.slice(0, below(8) === 0 ? below(sample.length) : undefined);
    for (let count = below(6); count >= 0 && mutant.length > 0; count -= 1) {
      const digit = mutant.findIndex(
        (byte, at) => at >= below(sample.length) && byte >= 48 && byte < 58,
      );
      mutant[below(mutant.length)] = below(256);
      if (digit >= 0) mutant[digit] = 48 + below(10);
    }
    const outcome = await inspect(mutant).catch((error) => error);
    if (outcome instanceof Error) {
      assert.ok(outcome instanceof ValidationError, `round ${round}: ${outcome}`);
      assert.equal(outcome.cause, undefined, `round ${round}: the module trapped`);
    }
  }
});

/** Runs `run` with a patched instantiation of the module. */
async function withInstances(change, run) {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function (...args) {
    return change(new Instance(...args));
  };
  try {
    return await run();
  } finally {
    WebAssembly.Instance = Instance;
    await inspect(sample).catch(() => undefined);
  }
}

test("releases the memory of a large file", async () => {
  const memories = [];
  const keep = (instance) => (memories.push(instance.exports.memory), instance);
  await withInstances(keep, async () => {
    await inspect(sample);
    await inspect(file({ ...objects([{}]), 20: stream(Buffer.alloc(20 * 2 ** 20)) }));
    assert.equal(memories.length, 2);
    const [used, next] = memories.map((memory) => memory.buffer.byteLength);
    assert.ok(used > 20 * 2 ** 20 && next < 4 * 2 ** 20, `${used} ${next}`);
  });
});

test("a trap becomes a SignError, and the next call works", async () => {
  let traps = 1;
  const broken = ({ exports }) => {
    if (traps-- <= 0) return { exports };
    const inspect = () => {
      throw new WebAssembly.RuntimeError("unreachable");
    };
    return { exports: { ...exports, inspect } };
  };
  await withInstances(broken, async () => {
    await inspect(sample);
    const error = await rejection(inspect(sample));
    assert.ok(error instanceof ValidationError);
    assert.equal(error.problems[0].code, "file_damaged");
    assert.ok(error.cause instanceof WebAssembly.RuntimeError);
    assert.equal((await inspect(sample)).pageCount, 3);
  });
});

test("keeps the instance if synchronous instantiation fails", async () => {
  const refuse = () => {
    throw new RangeError("disallowed on the main thread");
  };
  await withInstances(refuse, async () => {
    for (let call = 0; call < 3; call += 1) assert.equal((await inspect(sample)).pageCount, 3);
  });
});

test("supports concurrent calls and repeated loading", async () => {
  await Promise.all([loadWasm(), loadWasm()]);
  const found = await Promise.all(Array.from({ length: 20 }, () => inspect(new Blob([sample]))));
  assert.ok(found.every(({ pageCount }) => pageCount === 3));
});
