// Renders the pages of a PDF with pdf.js. The file is read in ranges on demand, so that a large file is
// never in memory as a whole.

// The legacy build also runs in browsers that are some years old.
import * as pdfjs from "pdfjs-dist/legacy/build/pdf.mjs";
import workerUrl from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?url";

pdfjs.GlobalWorkerOptions.workerSrc = workerUrl;

const RANGE_BYTES = 256 * 1024;

class FileRanges extends pdfjs.PDFDataRangeTransport {
  readonly #file: File;

  constructor(file: File) {
    super(file.size, null);
    this.#file = file;
  }

  override requestDataRange(begin: number, end: number): void {
    void this.#file
      .slice(begin, end)
      .arrayBuffer()
      .then((range) => this.onDataRange(begin, new Uint8Array(range)))
      // The file was deleted or changed: pass empty data, so that pdf.js fails.
      .catch(() => this.onDataRange(begin, new Uint8Array(end - begin)));
  }
}

/** Width and height of a page as displayed, in PDF points. */
export interface PageSize {
  width: number;
  height: number;
}

/** An open PDF. */
export interface OpenPdf {
  readonly pages: PageSize[];
  /** Renders a page at the width of the canvas. */
  draw(page: number, canvas: HTMLCanvasElement): Promise<void>;
  close(): void;
}

/** Why a file cannot be displayed; `unavailable` if the reason is not the file. */
export type PdfProblem = "encrypted" | "unreadable" | "unavailable";

/** The file cannot be displayed. */
export class UnreadablePdf extends Error {
  readonly problem: PdfProblem;
  constructor(cause: unknown) {
    super("cannot display the file", { cause });
    this.problem = problemOf(cause);
  }
}

/** Errors of pdf.js about the file have these names; others are about the browser or the network. */
function problemOf(cause: unknown): PdfProblem {
  const name = cause instanceof Error ? cause.name : "";
  if (name === "PasswordException") return "encrypted";
  return ["InvalidPDFException", "UnknownErrorException"].includes(name)
    ? "unreadable"
    : "unavailable";
}

export async function openPdf(file: File): Promise<OpenPdf> {
  const task = pdfjs.getDocument({
    range: new FileRanges(file),
    rangeChunkSize: RANGE_BYTES,
    disableAutoFetch: true,
    disableStream: true,
    cMapUrl: "/pdfjs/cmaps/",
    standardFontDataUrl: "/pdfjs/standard_fonts/",
    wasmUrl: "/pdfjs/wasm/",
    iccUrl: "/pdfjs/iccs/",
    verbosity: pdfjs.VerbosityLevel.ERRORS,
  });
  try {
    const document = await task.promise;
    const pages: PageSize[] = [];
    for (let number = 1; number <= document.numPages; number += 1) {
      const page = await document.getPage(number);
      const { width, height } = page.getViewport({ scale: 1 });
      pages.push({ width, height });
    }
    return {
      pages,
      async draw(index, canvas) {
        try {
          const page = await document.getPage(index + 1);
          const size = page.getViewport({ scale: 1 });
          const scale =
            ((canvas.clientWidth || 600) / size.width) *
            Math.min(2, devicePixelRatio);
          const viewport = page.getViewport({ scale });
          canvas.width = Math.floor(viewport.width);
          canvas.height = Math.floor(viewport.height);
          await page.render({ canvas, viewport }).promise;
        } catch (error) {
          // Closed while rendering: ignore the error.
          if (!task.destroyed) throw error;
        }
      },
      close: () => void task.destroy(),
    };
  } catch (cause) {
    void task.destroy();
    throw new UnreadablePdf(cause);
  }
}
