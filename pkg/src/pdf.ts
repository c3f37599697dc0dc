// `swisscom-sign/pdf`: inspects a PDF and checks signature positions before the file is sent. A
// separate wasm module, so that other programs do not load it.

import { checkOptionNames } from "./arguments.js";
import { configurationError } from "./environment.js";
import { SignError, ValidationError, type Problem, type ProblemInput } from "./errors.js";
import type { FileSignaturePositionInput } from "./generated/contract.js";
import { importFs } from "./node.js";
import init, * as glue from "./pdf/glue.js";
// For workers, scripts/build.mjs uses module.ts instead.
import { wasmSource } from "./wasm/inline.js";
import { createLoader, type WasmSource } from "./wasm/loader.js";

export * from "./errors-public.js";
export type { FileSignaturePositionInput };
export type { WasmSource };

/** A PDF. `path` works in Node, Deno and Bun. */
export type PdfSource = Uint8Array | ArrayBuffer | Blob | { path: string | URL };

/** A page, in PDF points (1/72 inch), also if the page has another unit (`UserUnit`). */
export interface PdfPage {
  /** Width as displayed, after rotation. */
  width: number;
  /** Height as displayed, after rotation. */
  height: number;
  /** Clockwise, in degrees. */
  rotation: 0 | 90 | 180 | 270;
  /**
   * The displayed part of the page (`CropBox` within `MediaBox`), in the file's coordinates (before
   * rotation, y upwards, in `UserUnit`). Signature positions are relative to its upper left corner.
   */
  visibleBox: { left: number; bottom: number; right: number; top: number };
}

/** A signature tag in the text of a file, in the coordinates of the contract. */
export interface PdfTag {
  /** Its text, such as `\s1\`. */
  tag: string;
  /** The number in it: 1 for the first signer of the process. */
  number: number;
  /** Index of the first page with the tag, from 0. */
  page: number;
  /** Left edge, in PDF points from the left of the page as displayed. */
  x: number;
  /** Upper edge, in PDF points from the top of the page as displayed. */
  y: number;
}

/** Result of {@link inspect}. */
export interface PdfInspection {
  /** Number of pages; 0 if the encryption hides them. */
  pageCount: number;
  /** The pages in order. */
  pages: PdfPage[];
  /**
   * The first occurrence of each tag, by number; in a layer that is not visible only if there is no
   * other one. Empty for an encrypted file. Incomplete with the problem `tags_not_searched`.
   */
  tags: PdfTag[];
  /** Whether the file is encrypted, with or without a password to open it. */
  encrypted: boolean;
  /** Number of existing signatures. */
  signed: number;
  /** Whether the author has restricted changes (`DocMDP`) so that a signature would violate them. */
  certified: boolean;
  /**
   * Reasons not to attach the file; empty if there are none. `tags_not_searched` is a warning: the text
   * is too complex to be searched completely for signature tags, so use coordinates.
   */
  problems: Problem[];
}

/** Options of {@link checkPlacement}. */
export interface PlacementOptions {
  /**
   * The signers of the process in order, by the identifiers that the positions use: the tag of the
   * first is `\s1\`. Without `signers`, a missing tag is reported only for a file without any tag.
   */
  signers?: readonly string[] | undefined;
}

const module = /* @__PURE__ */ createLoader(init, glue, wasmSource);

/**
 * Loads the WebAssembly module; the other functions call it when needed.
 *
 * @throws {@link WasmLoadError} if it cannot be compiled. The next call tries again.
 */
export function loadWasm(from?: WasmSource): Promise<void> {
  return module.load(from);
}

/**
 * Reads pages, tags, encryption and signatures of a file of at most 64 MiB. Time and memory are
 * bounded, also for hostile files: some seconds and a few hundred MiB, which are released.
 *
 * @throws {@link ValidationError} if the file is not a PDF, damaged or too large, or has too many objects;
 * `problems[0].code` is the reason.
 */
export async function inspect(pdf: PdfSource): Promise<PdfInspection> {
  await module.load(undefined);
  const bytes = await readPdf(pdf, module.functions().maxBytes());
  const found = runAndReset((functions) => functions.inspect(bytes));
  if ("refusal" in found) throw pdfError(found.refusal);
  const tags = found.tags.map((tag) => ({ tag: `\\s${tag.number}\\`, ...tag }));
  return { pageCount: found.pages.length, ...found, tags };
}

/**
 * Checks signature positions against a file or a result of {@link inspect}: missing pages, signatures
 * that are not fully visible, missing tags, field limits, and, as a warning (`overlapping_positions`),
 * signatures that overlap. Paths are those of `attach`, such as `$.signaturePositions[0].pageNumber`. For an encrypted file, whose pages are unreliable, the
 * result is the problems of the file.
 *
 * @throws {@link ValidationError} as {@link inspect} does.
 */
export async function checkPlacement(
  pdf: PdfSource | PdfInspection,
  signaturePositions: readonly FileSignaturePositionInput[],
  options?: PlacementOptions,
): Promise<Problem[]> {
  if (!Array.isArray(signaturePositions))
    throw configurationError("invalid `signaturePositions`: expected an array");
  checkOptionNames("option", options ?? {}, { signers: true });
  const signers = options?.signers ?? [];
  if (!Array.isArray(signers))
    throw configurationError("invalid `signers`: expected an array of identifiers");
  const request = serializeRequest({ signaturePositions });
  const { pages, tags, encrypted, problems } = isInspection(pdf) ? pdf : await inspect(pdf);
  if (encrypted) return problems;
  await module.load(undefined);
  const sizes = numbers(pages.flatMap(({ width, height }) => [width, height]));
  const places = numbers(tags.flatMap(({ number, page, x, y }) => [number, page, x, y]));
  const searched = !problems?.some((problem) => problem?.code === "tags_not_searched");
  const names = signers.map((signer) => `${signer}`);
  return runAndReset((functions) =>
    functions.checkPlacement(
      request,
      new Float64Array(sizes),
      new Int32Array(places),
      searched,
      names,
    ),
  );
}

function serializeRequest(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    const message = "cannot be serialized as JSON";
    throw pdfError({ path: "$.signaturePositions", code: "syntax", message }, cause);
  }
}

/** Checks an inspection that the caller has stored. */
function numbers(values: unknown[]): number[] {
  if (values.every((value) => typeof value === "number")) return values;
  throw configurationError("invalid inspection: a page or a tag has a value that is not a number");
}

function isInspection(pdf: PdfSource | PdfInspection): pdf is PdfInspection {
  return (
    typeof pdf === "object" &&
    pdf !== null &&
    "pages" in pdf &&
    Array.isArray(pdf.pages) &&
    Array.isArray(pdf.tags)
  );
}

/** Runs one function and resets the module afterwards, because wasm memory never shrinks. */
function runAndReset<T>(run: (functions: typeof glue) => T): T {
  const functions = module.functions();
  try {
    return run(functions);
  } catch (cause) {
    // The functions do not throw; only running out of memory does.
    const message = "file too complex: not enough memory to read it";
    throw pdfError({ path: PDF_PATH, code: "file_damaged", message }, cause);
  } finally {
    try {
      functions.__wbg_reset_state();
    } catch {
      // Old browsers cannot instantiate synchronously on the main thread: skip the reset.
    }
  }
}

const PDF_PATH = "$.content";

async function readPdf(pdf: PdfSource, limit: number): Promise<Uint8Array> {
  const fits = (size: number): void => {
    if (size <= limit) return;
    const message = `file too large: ${size} bytes, maximum ${limit}`;
    throw pdfError({ path: PDF_PATH, code: "file_too_large", message });
  };
  try {
    if (ArrayBuffer.isView(pdf)) {
      fits(pdf.byteLength);
      return new Uint8Array(pdf.buffer, pdf.byteOffset, pdf.byteLength);
    }
    if (Object.prototype.toString.call(pdf) === "[object ArrayBuffer]") {
      fits((pdf as ArrayBuffer).byteLength);
      return new Uint8Array(pdf as ArrayBuffer);
    }
    if (typeof pdf === "object" && pdf !== null) {
      if ("size" in pdf && "arrayBuffer" in pdf) {
        fits(pdf.size);
        return new Uint8Array(await pdf.arrayBuffer());
      }
      if ("path" in pdf) {
        const fs = await importFs("{ path }");
        fits((await fs.stat(pdf.path)).size);
        return await fs.readFile(pdf.path);
      }
    }
  } catch (cause) {
    if (cause instanceof SignError) throw cause;
    const message = "cannot read the file: it was moved, deleted or changed";
    throw pdfError({ path: PDF_PATH, code: "required", message }, cause);
  }
  const message = "expected bytes, a Blob or { path }";
  throw pdfError({ path: PDF_PATH, code: "type", message });
}

function pdfError(given: ProblemInput, cause?: unknown): ValidationError {
  const problem: Problem = { severity: "error", ...given };
  const message = `invalid PDF: ${problem.path}: ${problem.message}`;
  return new ValidationError(message, { problems: [problem], cause });
}
