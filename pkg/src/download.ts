// A file of a process, as bytes, Blob, stream, or straight to disk. It is read once.

import { invalid } from "./environment.js";
import { ConnectionError, ServerError, SignError } from "./errors.js";
import { header, type FetchResponse } from "./host.js";
import { bounded, type CallOptions } from "./limits.js";
import { fileSystem } from "./node.js";

/** A file that is being downloaded: a signed PDF, or a ZIP archive of an identification. */
export class Download {
  /** Identifier of the file. */
  readonly fileId: string;
  /** File name that the platform gave (RFC 6266), without folders. */
  readonly filename: string | undefined;
  /** Media type, such as `application/pdf`. */
  readonly contentType: string | undefined;
  /** Bytes, when the platform said how many. */
  readonly size: number | undefined;
  readonly #response: FetchResponse;
  readonly #processId: string;
  readonly #options: CallOptions;
  readonly #abort: () => void;
  #used = false;

  /** @internal */
  constructor(
    response: FetchResponse,
    subject: { fileId: string; processId: string },
    options: CallOptions,
    abort: () => void,
  ) {
    this.fileId = subject.fileId;
    this.#processId = subject.processId;
    this.#response = response;
    this.#options = options;
    this.#abort = abort;
    this.filename = filename(header(response, "content-disposition"));
    this.contentType = header(response, "content-type")?.split(";")[0]?.trim();
    // The length of a compressed body is not that of the file.
    const length = header(response, "content-encoding")
      ? undefined
      : header(response, "content-length");
    this.size = length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
  }

  /** All of it. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array[] = [];
    const total = await this.#each((chunk) => void parts.push(chunk));
    const out = new Uint8Array(total);
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  /** All of it, as a Blob. */
  async blob(): Promise<Blob> {
    return new Blob([await this.bytes()], { type: this.contentType ?? "" });
  }

  /** As a stream. It fails when the file breaks off. */
  stream(): ReadableStream<Uint8Array> {
    const chunks = this.#chunks();
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: async () => {
        this.#abort();
        await chunks.return();
      },
    });
  }

  /** Writes it to a file, which is there only once it is whole (Node, Deno, Bun). */
  async saveTo(path: string): Promise<void> {
    const fs = await fileSystem("saveTo");
    const part = `${path}.${Math.random().toString(36).slice(2, 10)}.part`;
    const file = await fs.open(part, "wx");
    try {
      try {
        await this.#each((chunk) => file.writeFile(chunk));
      } finally {
        await file.close();
      }
      await fs.rename(part, path);
    } catch (error) {
      await fs.rm(part, { force: true });
      throw error;
    }
  }

  /** Reads all of it within the limits of the call; resolves to its length. */
  async #each(use: (chunk: Uint8Array) => void | Promise<void>): Promise<number> {
    const subject = { operation: "getFileContent", processId: this.#processId };
    return bounded(this.#options, subject, async (signal) => {
      signal.addEventListener("abort", () => this.#abort(), { once: true });
      let total = 0;
      for await (const chunk of this.#chunks()) {
        signal.throwIfAborted();
        total += chunk.length;
        await use(chunk);
      }
      return total;
    });
  }

  async *#chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#used) throw invalid("a download can be read once; ask for it again");
    this.#used = true;
    let total = 0;
    try {
      for await (const chunk of body(this.#response)) {
        total += chunk.length;
        yield chunk;
      }
    } catch (cause) {
      if (cause instanceof SignError) throw cause;
      throw new ConnectionError("the file broke off", { ...this.#subject(), cause });
    }
    if (this.size !== undefined && total !== this.size) {
      const message = `the file broke off after ${total} of ${this.size} bytes`;
      throw new ServerError(message, { ...this.#subject(), code: "malformed_response" });
    }
  }

  #subject(): { operation: string; processId: string; status: number } {
    const { status } = this.#response;
    return { operation: "getFileContent", processId: this.#processId, status };
  }
}

/** The bytes of an answer, which may be a mock with less than a `Response` has. */
async function* body(response: FetchResponse): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = response.body;
  if (typeof stream === "object" && stream !== null && "getReader" in stream) {
    const reader = (stream as ReadableStream<Uint8Array>).getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        yield value;
      }
    } finally {
      reader.releaseLock();
    }
  } else if (typeof response.arrayBuffer === "function") {
    yield new Uint8Array(await response.arrayBuffer());
  } else if (stream instanceof Uint8Array) {
    yield stream;
  } else if (typeof response.text === "function") {
    yield new TextEncoder().encode(await response.text());
  }
}

/** `filename*` wins over `filename` (RFC 6266 section 4.3); folders are cut off. */
export function filename(disposition: string | undefined): string | undefined {
  if (disposition === undefined) return undefined;
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition);
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition);
  let name: string | undefined;
  try {
    if (extended?.[1] !== undefined) name = decodeURIComponent(extended[1]);
  } catch {
    // Not UTF-8; the plain form is left.
  }
  name ??= plain?.[1]?.replace(/\\(.)/g, "$1") ?? plain?.[2];
  // eslint-disable-next-line no-control-regex
  const base = name
    ?.split(/[\\/]/)
    .pop()
    ?.replace(/[\u0000-\u001f\u007f]/g, "");
  return base === undefined || base === "" || base === "." || base === ".." ? undefined : base;
}
