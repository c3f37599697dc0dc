// The pages of a PDF, drawn by pdf.js. The file is read in pieces as they are needed, so that a
// large one is never in memory as a whole.

import * as pdfjs from "pdfjs-dist";
import workerUrl from "pdfjs-dist/build/pdf.worker.min.mjs?url";

pdfjs.GlobalWorkerOptions.workerSrc = workerUrl;

const PIECE_BYTES = 256 * 1024;

class FilePieces extends pdfjs.PDFDataRangeTransport {
  readonly #file: File;

  constructor(file: File) {
    super(file.size, null);
    this.#file = file;
  }

  override requestDataRange(begin: number, end: number): void {
    void this.#file
      .slice(begin, end)
      .arrayBuffer()
      .then((piece) => this.onDataRange(begin, new Uint8Array(piece)))
      // The file is gone or was changed: pdf.js is told that nothing comes.
      .catch(() => this.onDataRange(begin, new Uint8Array(end - begin)));
  }
}

/** Width and height of a page as it is shown, in PDF points. */
export interface PageSize {
  width: number;
  height: number;
}

/** A PDF that is open. */
export interface OpenPdf {
  readonly pages: PageSize[];
  /** Draws a page, as wide as the canvas is laid out. */
  draw(page: number, canvas: HTMLCanvasElement): Promise<void>;
  close(): void;
}

/** Why a file cannot be shown. */
export class UnreadablePdf extends Error {
  readonly encrypted: boolean;
  constructor(cause: unknown) {
    super("the file cannot be shown", { cause });
    this.encrypted =
      cause instanceof Error && cause.name === "PasswordException";
  }
}

export async function openPdf(file: File): Promise<OpenPdf> {
  const task = pdfjs.getDocument({
    range: new FilePieces(file),
    rangeChunkSize: PIECE_BYTES,
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
          // Closed while it was being drawn: nobody looks at it any more.
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
