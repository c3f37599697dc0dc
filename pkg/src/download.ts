// A file of a process, as bytes, Blob, stream, or straight to disk. It is read once.

import { invalid } from "./environment.js";
import { AbortError, ConnectionError, ServerError, SignError } from "./errors.js";
import { header, type FetchResponse } from "./host.js";
import { JsonFile } from "./json-file.js";
import { bounded, quietly, type CallOptions } from "./limits.js";
import { fileSystem } from "./node.js";

/** Bytes that are allocated on the word of the server: more than any file of the contract has. */
const MOST_AT_ONCE = 64 * 1024 * 1024;

/** How far a download is. */
export interface DownloadProgress {
  /** Bytes of the file that have come. */
  bytes: number;
  /** Bytes of the file, when the platform said how many. */
  total: number | undefined;
}

/** Options of `SigningProcess.download`. The time limit holds for the head, and again for the file. */
export interface DownloadOptions extends CallOptions {
  /** Told how far the download is. */
  onProgress?: (progress: DownloadProgress) => void;
}

/** How a file is written. */
export interface SaveOptions {
  /** Whether a file that is there is replaced; true when absent. */
  overwrite?: boolean;
}

/** A file that is being downloaded: a signed PDF, or a ZIP archive of an identification. */
export class Download {
  /** Identifier of the file. */
  readonly fileId: string;
  /** Bytes, when the platform said how many. */
  readonly size: number | undefined;
  readonly #response: FetchResponse;
  readonly #processId: string;
  readonly #options: DownloadOptions;
  readonly #abort: () => void;
  readonly #base64: boolean;
  #filename: string | undefined;
  #contentType: string | undefined;
  #used = false;

  /** @internal */
  constructor(
    response: FetchResponse,
    subject: { fileId: string; processId: string },
    options: DownloadOptions,
    abort: () => void,
    base64 = false,
  ) {
    this.fileId = subject.fileId;
    this.#processId = subject.processId;
    this.#response = response;
    this.#options = options;
    this.#abort = abort;
    this.#base64 = base64;
    if (base64) return;
    this.#filename = filename(header(response, "content-disposition"));
    this.#contentType = header(response, "content-type")?.split(";")[0]?.trim();
    // The length of a compressed body is not that of the file.
    const length = header(response, "content-encoding")
      ? undefined
      : header(response, "content-length");
    this.size = length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
  }

  /**
   * File name that the platform gave (RFC 6266), without folders. A server without the operation
   * `getFileContent` tells it, and the media type, together with the file: it is known afterwards.
   */
  get filename(): string | undefined {
    return this.#filename;
  }

  /** Media type, such as `application/pdf`. */
  get contentType(): string | undefined {
    return this.#contentType;
  }

  /** Lets the file go unread. */
  cancel(): void {
    this.#used = true;
    this.#abort();
  }

  /** All of it. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const { size } = this;
    const parts: Uint8Array[] = [];
    // Straight to its place, where the length is known and can be true.
    const whole = size !== undefined && size <= MOST_AT_ONCE ? new Uint8Array(size) : undefined;
    let at = 0;
    const total = await this.#each((chunk) => {
      if (whole === undefined) parts.push(chunk);
      else whole.set(chunk, at);
      at += chunk.length;
    });
    if (whole !== undefined) return whole;
    const out = new Uint8Array(total);
    at = 0;
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

  /** As a stream. It fails when the file breaks off or the signal is aborted; it has no time limit. */
  stream(): ReadableStream<Uint8Array> {
    const chunks = this.#chunks();
    const { signal } = this.#options;
    const onAbort = (): void => this.#abort();
    const end = (): void => signal?.removeEventListener("abort", onAbort);
    signal?.addEventListener("abort", onAbort);
    const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
      try {
        signal?.throwIfAborted();
        const { done, value } = await chunks.next();
        if (!done) return controller.enqueue(value);
        end();
        controller.close();
      } catch (cause) {
        end();
        if (!signal?.aborted) throw cause;
        const reason = { ...this.#subject(), cause: signal.reason as unknown };
        throw new AbortError("the call was aborted", reason);
      }
    };
    const cancel = async (): Promise<void> => {
      end();
      this.#abort();
      await chunks.return();
    };
    return new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 });
  }

  /**
   * Writes it to a file (Node, Deno, Bun). The bytes go to a temporary name in the same folder, to the
   * disk, and only then to their name: a failure leaves nothing, and a file that was there untouched.
   * One that is there is replaced at once, a link as the link it is, unless `overwrite` is false.
   */
  async saveTo(path: string, options: SaveOptions = {}): Promise<void> {
    const fs = await fileSystem("saveTo");
    const refused = (message: string, cause?: unknown): Error =>
      Object.assign(invalid(`saveTo: ${message}`), { cause });
    const taken = "there is a file of that name, and overwrite is false";
    const keep = options.overwrite === false;
    if (keep && (await fs.lstat(path).catch(() => undefined))) throw refused(taken);
    const part = `${path}.${Math.random().toString(36).slice(2, 10)}.part`;
    const file = await fs.open(part, "wx").catch((cause: unknown) => {
      throw refused("the file cannot be written", cause);
    });
    try {
      try {
        await this.#each((chunk) => file.writeFile(chunk));
        await file.sync();
      } finally {
        await file.close();
      }
      if (keep) {
        // Unlike a rename, a link replaces nothing.
        await fs.link(part, path).catch((cause: { code?: string }) => {
          if (cause.code === "EEXIST") throw refused(taken, cause);
          return fs.copyFile(part, path, 1);
        });
        await fs.rm(part, { force: true });
      } else {
        await fs.rename(part, path).catch((cause: unknown) => {
          throw refused("the file cannot be written", cause);
        });
      }
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
    const { size } = this;
    let total = 0;
    const report = (): void => quietly(this.#options.onProgress, { bytes: total, total: size });
    report();
    try {
      for await (const chunk of this.#base64 ? this.#decoded() : body(this.#response)) {
        total += chunk.length;
        if (size !== undefined && total > size) throw this.#malformed("is longer than was said");
        if (chunk.length > 0) yield chunk;
        report();
      }
    } catch (cause) {
      if (cause instanceof SignError) throw cause;
      throw new ConnectionError("the file broke off", { ...this.#subject(), cause });
    }
    if (size !== undefined && total !== size) {
      throw this.#malformed(`broke off after ${total} of ${size} bytes`);
    }
  }

  /** The file out of the answer of `getFile`. */
  async *#decoded(): AsyncGenerator<Uint8Array, void, undefined> {
    const json = new JsonFile();
    for await (const text of body(this.#response)) {
      for (const bytes of json.push(text)) {
        if (bytes === undefined) throw this.#malformed("is not Base64 in JSON");
        yield bytes;
      }
    }
    const fields = json.end();
    if (fields === undefined) throw this.#malformed("broke off");
    const { name, contentType } = fields;
    if (typeof name === "string") this.#filename = base(name);
    if (typeof contentType === "string") this.#contentType = contentType;
  }

  #malformed(what: string): Error {
    return new ServerError(`the file ${what}`, { ...this.#subject(), code: "malformed_response" });
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
  return name === undefined ? undefined : base(name);
}

/** A file name without folders and control characters. */
function base(name: string): string | undefined {
  // eslint-disable-next-line no-control-regex
  const base = name
    .split(/[\\/]/)
    .pop()
    ?.replace(/[\u0000-\u001f\u007f]/g, "");
  return base === undefined || base === "" || base === "." || base === ".." ? undefined : base;
}
