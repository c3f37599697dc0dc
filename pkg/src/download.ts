// The content of a file: as bytes, Blob or stream, or saved to disk. It can be read once.

import { checkOptionNames } from "./arguments.js";
import { configurationError } from "./environment.js";
import { ConnectionError, ServerError, SignError } from "./errors.js";
import { getHeader, type FetchResponseLike } from "./host.js";
import { Base64FieldParser } from "./base64-field.js";
import type { OwnBytes } from "./chunks.js";
import { callSafely, onAbort, withDeadline, type CallOptions } from "./deadline.js";
import { importFs } from "./node.js";

/** Maximum buffer allocated from Content-Length alone; larger than any file of the contract. */
const MAX_PREALLOCATED = 64 * 1024 * 1024;

/** Progress of a download. */
export interface DownloadProgress {
  /** Bytes received. */
  bytes: number;
  /** Size of the file, if the platform sent it. */
  total: number | undefined;
}

/**
 * Options of `SigningProcess.download`. The timeout applies to the response head, and again to the body;
 * with `stream()`, to each chunk. By default it is that of the client.
 */
export interface DownloadOptions extends CallOptions {
  /** Called with the progress. */
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** Options of `Download.saveTo`. */
export interface DownloadSaveOptions {
  /** Whether an existing file is replaced, default true. */
  overwrite?: boolean | undefined;
}

/** A download: a signed PDF, or a ZIP archive of an identification. */
export class Download {
  /** Identifier of the file. */
  readonly fileId: string;
  /** Size in bytes, if the platform sent it. */
  readonly size: number | undefined;
  readonly #response: FetchResponseLike;
  readonly #processId: string;
  readonly #attempts: number;
  readonly #options: DownloadOptions;
  readonly #abort: () => void;
  readonly #base64: boolean;
  #filename: string | undefined;
  #contentType: string | undefined;
  #used = false;

  /** @internal */
  constructor(
    response: FetchResponseLike,
    subject: { fileId: string; processId: string; attempts: number },
    options: DownloadOptions,
    abort: () => void,
    base64 = false,
  ) {
    this.fileId = subject.fileId;
    this.#processId = subject.processId;
    this.#attempts = subject.attempts;
    this.#response = response;
    this.#options = options;
    this.#abort = abort;
    this.#base64 = base64;
    if (base64) return;
    this.#filename = parseContentDisposition(getHeader(response, "content-disposition"));
    this.#contentType = getHeader(response, "content-type")?.split(";")[0]?.trim();
    // Content-Length of a compressed body is not the size of the file.
    const length = getHeader(response, "content-encoding")
      ? undefined
      : getHeader(response, "content-length");
    this.size = length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
  }

  /** See `SigningProcess`. @internal */
  get [Symbol.toStringTag](): string {
    return "Download";
  }

  /**
   * File name from Content-Disposition (RFC 6266), without folders. From a server without the
   * operation `getFileContent`, name and media type arrive with the file and are known once it has
   * been read.
   */
  get filename(): string | undefined {
    return this.#filename;
  }

  /** Media type, such as `application/pdf`. */
  get contentType(): string | undefined {
    return this.#contentType;
  }

  /** Aborts the download. */
  cancel(): void {
    this.#used = true;
    this.#abort();
  }

  /** The whole file. */
  async bytes(): Promise<OwnBytes> {
    const { size } = this;
    const parts: Uint8Array[] = [];
    // With a plausible length, write into one buffer instead of joining the chunks at the end.
    const whole = size !== undefined && size <= MAX_PREALLOCATED ? new Uint8Array(size) : undefined;
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

  /** The whole file, as a Blob. */
  async blob(): Promise<Blob> {
    return new Blob([await this.bytes()], { type: this.contentType ?? "" });
  }

  /**
   * The file as a stream. It fails if the file is truncated, the signal is aborted, or the next chunk
   * does not arrive within the timeout.
   */
  stream(): ReadableStream<Uint8Array> {
    const chunks = this.#chunks();
    const { signal } = this.#options;
    // Also between two chunks, when nobody waits.
    const end = signal && onAbort(signal, () => this.#abort());
    const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
      const read = async (): Promise<IteratorResult<Uint8Array, void>> => chunks.next();
      try {
        const { done, value } = await withDeadline(this.#options, this.#subject(), read);
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        end?.();
        this.#abort();
        throw error;
      }
      end?.();
    };
    const cancel = async (): Promise<void> => {
      end?.();
      this.#abort();
      await chunks.return();
    };
    return new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 });
  }

  /**
   * Saves the file (Node, Deno, Bun). It is written to a temporary file in the same folder, flushed,
   * and renamed: after a failure nothing remains, and an existing file is unchanged. An existing file
   * is replaced atomically (a symbolic link itself, not its target), unless `overwrite` is false.
   */
  async saveTo(path: string, options: DownloadSaveOptions = {}): Promise<void> {
    checkOptionNames("option", options, { overwrite: true });
    const fs = await importFs("saveTo");
    const refused = (message: string, cause?: unknown): Error =>
      Object.assign(configurationError(`saveTo: ${message}`), { cause });
    const exists = `file already exists: \`${path}\`; pass \`overwrite: true\` to replace it`;
    const keep = options.overwrite === false;
    if (keep && (await fs.lstat(path).catch(() => undefined))) throw refused(exists);
    const part = `${path}.${Math.random().toString(36).slice(2, 10)}.part`;
    const file = await fs.open(part, "wx").catch((cause: unknown) => {
      throw refused(`cannot write \`${path}\``, cause);
    });
    try {
      try {
        await this.#each((chunk) => file.writeFile(chunk));
        await file.sync();
      } finally {
        await file.close();
      }
      if (keep) {
        // Unlike `rename`, `link` fails if the name exists.
        await fs.link(part, path).catch((cause: { code?: string | undefined }) => {
          if (cause.code === "EEXIST") throw refused(exists, cause);
          return fs.copyFile(part, path, 1);
        });
        await fs.rm(part, { force: true });
      } else {
        await fs.rename(part, path).catch((cause: unknown) => {
          throw refused(`cannot write \`${path}\``, cause);
        });
      }
    } catch (error) {
      await fs.rm(part, { force: true });
      throw error;
    }
  }

  /** Reads the whole file within the limits of the call; resolves to its length. */
  async #each(use: (chunk: Uint8Array) => void | Promise<void>): Promise<number> {
    return withDeadline(this.#options, this.#subject(), async (signal) => {
      onAbort(signal, () => this.#abort());
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
    if (this.#used) throw configurationError("download already read: call `download` again");
    this.#used = true;
    const { size } = this;
    let total = 0;
    const report = (): void => callSafely(this.#options.onProgress, { bytes: total, total: size });
    report();
    try {
      for await (const chunk of this.#base64 ? this.#decoded() : body(this.#response)) {
        total += chunk.length;
        if (size !== undefined && total > size)
          throw this.#malformed(
            `download too long: received more than the Content-Length of ${size} bytes`,
          );
        if (chunk.length > 0) yield chunk;
        report();
      }
    } catch (cause) {
      if (cause instanceof SignError) throw cause;
      throw new ConnectionError(
        "download interrupted: the connection closed before the file was complete",
        { ...this.#subject(), cause },
      );
    }
    if (size !== undefined && total !== size) {
      throw this.#malformed(`download truncated: received ${total} of ${size} bytes`);
    }
  }

  /** The file in the response of `getFile`. */
  async *#decoded(): AsyncGenerator<Uint8Array, void, undefined> {
    const json = new Base64FieldParser();
    for await (const text of body(this.#response)) {
      for (const bytes of json.push(text)) {
        if (bytes === undefined)
          throw this.#malformed(
            "malformed response: expected a FileAttachment with Base64 in `content`",
          );
        yield bytes;
      }
    }
    const fields = json.end();
    if (fields === undefined) throw this.#malformed("download truncated: the JSON is incomplete");
    const { name, contentType } = fields;
    if (typeof name === "string") this.#filename = base(name);
    if (typeof contentType === "string") this.#contentType = contentType;
  }

  #malformed(message: string): Error {
    return new ServerError(message, { ...this.#subject(), code: "malformed_response" });
  }

  #subject(): { operation: string; processId: string; status: number; attempts: number } {
    const { status } = this.#response;
    const [processId, attempts] = [this.#processId, this.#attempts];
    return { operation: "getFileContent", processId, status, attempts };
  }
}

/** The bytes of a response. A mock can have less than a `Response`. */
async function* body(response: FetchResponseLike): AsyncGenerator<Uint8Array, void, undefined> {
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
export function parseContentDisposition(disposition: string | undefined): string | undefined {
  if (disposition === undefined) return undefined;
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition);
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition);
  let name: string | undefined;
  try {
    if (extended?.[1] !== undefined) name = decodeURIComponent(extended[1]);
  } catch {
    // Not UTF-8: use the plain `filename`.
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
