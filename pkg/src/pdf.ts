// `swisscom-sign/pdf`: what a PDF is and where signatures can go in it, told before it is sent
// anywhere. A module of its own, so that nobody who does not look into files loads it.

import { invalid } from "./environment.js";
import { SignError, ValidationError, type Problem } from "./errors.js";
import type { FileSignaturePositionInput } from "./generated/contract.js";
import { fileSystem } from "./node.js";
import init, * as glue from "./pdf/glue.js";
// For workers scripts/build.mjs takes workerd.ts in its place.
import { source } from "./wasm/inline.js";
import { createLoader, type WasmSource } from "./wasm/loader.js";

export * from "./errors-public.js";
export type { FileSignaturePositionInput };
export type { WasmSource };

/** What can be inspected. A path needs a file system: Node, Deno or Bun. */
export type PdfSource = Uint8Array | ArrayBuffer | Blob | { path: string | URL };

/** A page, in PDF points (1/72 inch). */
export interface PdfPage {
  /** Width as displayed, after rotation. */
  width: number;
  /** Height as displayed, after rotation. */
  height: number;
  /** Clockwise, in degrees. */
  rotation: 0 | 90 | 180 | 270;
  /**
   * The part of the page that is displayed (`CropBox` within `MediaBox`), in the coordinates of the
   * file, before rotation and upwards. Positions do not need it: they begin at its corner.
   */
  visibleBox: { left: number; bottom: number; right: number; top: number };
}

/** A signature tag in the text of a file, in the coordinates of the contract. */
export interface PdfTag {
  /** Its text, such as `\s1\`. */
  tag: string;
  /** The number in it: 1 for the first signer of the process. */
  number: number;
  /** Page, from 0: the first that has it. */
  page: number;
  /** Left edge, in PDF points from the left of the page as displayed. */
  x: number;
  /** Upper edge, in PDF points from the top of the page as displayed. */
  y: number;
}

/** What a file is. */
export interface PdfInspection {
  /** Number of pages; 0 when the encryption of the file hides them. */
  pageCount: number;
  /** Every page, in order. */
  pages: PdfPage[];
  /** Every tag where it stands first, by its number. In an encrypted file none can be read. */
  tags: PdfTag[];
  /** Whether the file is encrypted, with or without a password to open it. */
  encrypted: boolean;
  /** How many signatures the file has already. */
  signed: number;
  /** Whether its author has restricted changes (`DocMDP`), so that a signature would break that. */
  certified: boolean;
  /** Why the file should not be attached; empty when nothing speaks against it. */
  problems: Problem[];
}

/** How positions are looked at. */
export interface PlacementOptions {
  /**
   * The signers of the process in their order, as positions name them: the first one's tag is
   * `\s1\`. Without it, a tag is missed only in a file that has none.
   */
  signers?: readonly string[];
}

const module = createLoader(init, glue, source);

/**
 * Loads the WebAssembly module; the other functions do it by themselves.
 *
 * @throws {@link WasmLoadError} when it cannot be compiled here. Another call tries again.
 */
export function loadWasm(from?: WasmSource): Promise<void> {
  return module.load(from);
}

/**
 * Tells pages, tags, encryption and signatures of a file of at most 64 MiB. Whoever made it, it
 * costs at most some seconds and a few hundred MiB, which are given back.
 *
 * @throws {@link ValidationError} for what is no PDF, is damaged, or too large or too complex to be
 * read; `problems[0].code` says which.
 */
export async function inspect(pdf: PdfSource): Promise<PdfInspection> {
  await module.load(undefined);
  const bytes = await read(pdf, module.functions().maxBytes());
  const found = alone((functions) => functions.inspect(bytes));
  if ("refusal" in found) throw refused(found.refusal);
  const tags = found.tags.map((tag) => ({ tag: `\\s${tag.number}\\`, ...tag }));
  return { pageCount: found.pages.length, ...found, tags };
}

/**
 * Everything that is wrong with signature positions in a file: pages that it does not have,
 * signatures that would not be wholly visible, tags that are not there, and limits of fields. Paths
 * are those of attach, `$.signaturePositions[0].pageNumber`. For an encrypted file, whose pages
 * cannot be relied on, its own problems. Takes a file, or what {@link inspect} told of it.
 *
 * @throws {@link ValidationError} as {@link inspect} does.
 */
export async function checkPlacement(
  pdf: PdfSource | PdfInspection,
  signaturePositions: readonly FileSignaturePositionInput[],
  options?: PlacementOptions,
): Promise<Problem[]> {
  if (!Array.isArray(signaturePositions)) throw invalid("signaturePositions must be a list");
  const signers = options?.signers ?? [];
  if (!Array.isArray(signers)) throw invalid("signers must be a list of identifiers");
  const request = toJson({ signaturePositions });
  const { pages, tags, encrypted, problems } = isInspection(pdf) ? pdf : await inspect(pdf);
  if (encrypted) return problems;
  await module.load(undefined);
  const sizes = numbers(pages.flatMap(({ width, height }) => [width, height]));
  const places = numbers(tags.flatMap(({ number, page, x, y }) => [number, page, x, y]));
  const names = signers.map((signer) => `${signer}`);
  return alone((functions) =>
    functions.checkPlacement(request, new Float64Array(sizes), new Int32Array(places), names),
  );
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    const message = "cannot be written as JSON";
    throw refused({ path: "$.signaturePositions", code: "syntax", message }, cause);
  }
}

/** What a caller kept of an inspection, or made up. */
function numbers(values: unknown[]): number[] {
  if (values.every((value) => typeof value === "number")) return values;
  throw invalid("the inspection has a page or a tag without numbers");
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

/** Runs one function, and lets go of the memory that it took: a module's own never shrinks. */
function alone<T>(run: (functions: typeof glue) => T): T {
  const functions = module.functions();
  try {
    return run(functions);
  } catch (cause) {
    // Only a memory that does not suffice gets here.
    const message = "is too complex to be read in the memory of this host";
    throw refused({ path: CONTENT, code: "file_damaged", message }, cause);
  } finally {
    try {
      functions.__wbg_reset_state();
    } catch {
      // Old browsers start no module on their main thread in one go: it stays as it is.
    }
  }
}

const CONTENT = "$.content";

/** The bytes of a file, if they are not too many. */
async function read(pdf: PdfSource, limit: number): Promise<Uint8Array> {
  const fits = (size: number): void => {
    if (size <= limit) return;
    const message = `has ${size} bytes; at most ${limit} are read`;
    throw refused({ path: CONTENT, code: "file_too_large", message });
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
        const fs = await fileSystem("a file by its path");
        fits((await fs.stat(pdf.path)).size);
        return await fs.readFile(pdf.path);
      }
    }
  } catch (cause) {
    if (cause instanceof SignError) throw cause;
    const message = "cannot be read: is it still there?";
    throw refused({ path: CONTENT, code: "required", message }, cause);
  }
  const message = "must be bytes, a Blob or { path }";
  throw refused({ path: CONTENT, code: "type", message });
}

function refused(problem: Problem, cause?: unknown): ValidationError {
  const message = `the PDF cannot be read: ${problem.path}: ${problem.message}`;
  return new ValidationError(message, { problems: [problem], cause });
}
