// Sources of a file to attach: reads their bytes, size and header. The bytes stay out of wasm memory,
// which never shrinks; upload.ts creates the request body.

import { fileProblems } from "./preflight-file.js";
import { createProgressReporter, splitChunks, type UploadProgress } from "./chunks.js";
import { invalidRequest } from "./connection.js";
import { callSafely } from "./deadline.js";
import { SignError, type ProblemInput } from "./errors.js";
import { MAX_FILE_BYTES } from "./generated/facts.js";
import { importFs } from "./node.js";

export { MAX_FILE_BYTES };

/** Bytes per read. */
const CHUNK_BYTES = 192 * 1024;
/** Bytes that are read before anything is sent; a shorter file is read as a whole. */
const PEEK_BYTES = 1024;

/** A file to attach. A function is called for each attempt. */
export type FileSource =
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | { path: string | URL }
  | (() => FileSource | Promise<FileSource>);

/** An opened source. */
export interface OpenSource {
  /** Size in bytes, if known before reading. */
  size?: number;
  /** File name, if the source has one. */
  name?: string;
  /** The source as a Blob of the runtime, if it is one. */
  blob?: Blob;
  /** Whether it can be read more than once. */
  repeatable: boolean;
  /** The bytes; a chunk is valid until the next is requested. */
  read(): AsyncIterable<Uint8Array>;
  /** Closes a stream that has not been read to its end, also during a pending read. */
  close?(): void;
}

const CONTENT_PATH = "$.content";

/** The source of one call: opens it for each attempt, and closes what it has opened. */
export class SourceHandle {
  readonly #from: FileSource;
  #opened: OpenSource | undefined;
  #closed = false;

  constructor(from: FileSource) {
    this.#from = from;
  }

  /** Whether the source can be opened again although it can be read only once. */
  get repeatable(): boolean {
    return typeof this.#from === "function";
  }

  /** Opens the source without reading it. `expected`: its size according to the caller. */
  async open(expected: number | undefined): Promise<OpenSource> {
    this.#opened?.close?.();
    // A function can return a function; bounded, so that it cannot loop forever.
    let source = this.#from;
    for (let depth = 0; typeof source === "function" && depth < 8; depth++) source = await source();
    const opened = openValue(source, expected) ?? (await openPath(pathOf(source)));
    // The call can end while the function or the file system is pending.
    if (this.#closed) opened.close?.();
    this.#opened = opened;
    const { size } = opened;
    if (expected !== undefined && size !== undefined && size !== expected) {
      throw sizeMismatchError(size, expected);
    }
    return opened;
  }

  /** Closes the source at the end of the call, also if it was never opened. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    callSafely(() => (this.#opened ?? openValue(this.#from, undefined))?.close?.(), undefined);
  }
}

/** Opens every kind of source but `{ path }`: a stream can have a `path`, too. */
function openValue(source: unknown, size: number | undefined): OpenSource | undefined {
  if (ArrayBuffer.isView(source)) {
    const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    return { size: bytes.byteLength, repeatable: true, read: () => byteChunks(bytes) };
  }
  if (Object.prototype.toString.call(source) === "[object ArrayBuffer]") {
    return openValue(new Uint8Array(source as ArrayBuffer), size);
  }
  if (typeof source !== "object" || source === null) return undefined;
  if (isBlob(source)) {
    const name = "name" in source && typeof source.name === "string" ? source.name : undefined;
    return { ...blobSource(source), name };
  }
  if ("getReader" in source) return streamSource(source as ReadableStream<Uint8Array>, size);
  if (Symbol.asyncIterator in source) {
    return iterableSource(source as AsyncIterable<Uint8Array>, size);
  }
  return undefined;
}

/** The path of `{ path }`. Only of a plain object: `path` of an archive entry is no local file. */
function pathOf(source: unknown): string | URL {
  const plain = typeof source === "object" && source !== null && isPlain(source);
  const path: unknown = plain && "path" in source ? source.path : undefined;
  const url = typeof path === "object" && path !== null && "href" in path;
  if (typeof path === "string" || url) return path as string | URL;
  throw sourceError({
    path: CONTENT_PATH,
    code: "type",
    message: "expected bytes, a Blob, a stream, { path }, or a function that returns one of them",
  });
}

/** Whether the object is a literal, also of another realm. */
function isPlain(source: object): boolean {
  const prototype = Object.getPrototypeOf(source) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isBlob(source: object): source is Blob {
  return "size" in source && "slice" in source && "arrayBuffer" in source;
}

function blobSource(source: Blob): OpenSource {
  const blob = source instanceof Blob ? source : undefined;
  return { size: source.size, blob, repeatable: true, read: () => blobChunks(source) };
}

async function* byteChunks(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

async function* blobChunks(blob: Blob): AsyncIterable<Uint8Array> {
  for (let at = 0; at < blob.size; at += CHUNK_BYTES) {
    yield new Uint8Array(await blob.slice(at, at + CHUNK_BYTES).arrayBuffer());
  }
}

function streamSource(stream: ReadableStream<Uint8Array>, size: number | undefined): OpenSource {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let ended = false;
  const close = (): void => {
    if (!ended) void (reader ?? stream).cancel().catch(() => undefined);
    ended = true;
  };
  async function* read(): AsyncIterable<Uint8Array> {
    reader = stream.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        yield value;
      }
      ended = true;
    } finally {
      close();
    }
  }
  return { size, repeatable: false, read, close };
}

/** What is used of a Node stream, beside its iterator. */
interface NodeStream {
  destroy(): void;
  on?(event: "error", listener: () => void): void;
}

function iterableSource(source: AsyncIterable<Uint8Array>, size: number | undefined): OpenSource {
  let iterator: AsyncIterator<Uint8Array> | undefined;
  let ended = false;
  const close = (): void => {
    if (ended) return;
    ended = true;
    if ("destroy" in source && typeof source.destroy === "function") {
      const stream = source as unknown as NodeStream;
      // A file that is still being opened can fail after `destroy`.
      stream.on?.("error", () => undefined);
      stream.destroy();
    } else {
      // A generator is its own iterator.
      const started = iterator ?? (source as Partial<AsyncIterator<Uint8Array>>);
      Promise.resolve(started.return?.()).catch(() => undefined);
    }
  };
  async function* read(): AsyncIterable<Uint8Array> {
    const chunks = (iterator = source[Symbol.asyncIterator]());
    try {
      for (;;) {
        const { done, value } = await chunks.next();
        if (done) break;
        yield value;
      }
      ended = true;
    } finally {
      close();
    }
  }
  return { size, repeatable: false, read, close };
}

async function openPath(path: string | URL): Promise<OpenSource> {
  const fs = await importFs("{ path }");
  const pathError = (message: string, cause?: unknown): Error =>
    sourceError({ path: CONTENT_PATH, code: "required", message }, cause);
  const unreadable = (cause: unknown): Error => {
    const { code = "unknown error" } = Object(cause) as { code?: string };
    return pathError(`cannot read file \`${path}\`: ${code}`, cause);
  };
  const info = await fs.stat(path).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  if (!info.isFile()) throw pathError(`not a file: \`${path}\` is a directory or a special file`);
  const text = typeof path === "string" ? path : decodeURIComponent(path.pathname);
  async function* read(): AsyncIterable<Uint8Array> {
    const file = await fs.open(path).catch((cause: unknown) => {
      throw unreadable(cause);
    });
    const buffer = new Uint8Array(CHUNK_BYTES);
    try {
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }
  return { size: info.size, name: text.split(/[\\/]/).pop() || undefined, repeatable: true, read };
}

/** A source with a known size and a valid PDF header. */
export interface PreparedSource {
  source: OpenSource;
  size: number;
  /** Opens the source again; absent if it can be read only once. */
  again?: () => Promise<OpenSource>;
}

/** Checks the header of an opened source. A stream of unknown size is read into a Blob. */
export async function prepareSource(
  handle: SourceHandle,
  opened: OpenSource,
  signal: AbortSignal,
  onProgress: ((progress: UploadProgress) => void) | undefined,
): Promise<PreparedSource> {
  const { source, head } = await peek(opened);
  const wrong = fileProblems(head.length && (source.size ?? head.length), head);
  if (wrong.length > 0) throw sourceError(...wrong);
  if (source.size === undefined) {
    const blob = await collect(source, signal, onProgress);
    const again = blobSource(blob);
    return { source: again, size: blob.size, again: () => Promise.resolve(again) };
  }
  const { size } = source;
  if (handle.repeatable) return { source, size, again: () => handle.open(size) };
  return { source, size, again: source.repeatable ? () => Promise.resolve(source) : undefined };
}

/** The error for a source that yields another number of bytes than its size. */
export function sizeMismatchError(bytes: number, size: number): Error {
  const yielded = bytes > size ? `more than ${size}` : bytes;
  const message = `size mismatch: the source yielded ${yielded} bytes, but \`size\` is ${size}`;
  return sourceError({ path: CONTENT_PATH, code: "format", message });
}

/** Reads the beginning of a source; the returned source still includes it. */
async function peek(from: OpenSource): Promise<{ source: OpenSource; head: Uint8Array }> {
  const chunks = checkedChunks(from.read());
  const seen: Uint8Array[] = [];
  let head = new Uint8Array(0);
  let ended = false;
  while (head.length < PEEK_BYTES && !ended) {
    const next = await chunks.next();
    ended = next.done === true;
    if (next.done) break;
    const { value } = next;
    // Copy a short chunk: its owner can reuse the buffer before it is sent.
    const chunk = value.length < PEEK_BYTES ? value.slice() : value;
    seen.push(chunk);
    head = concat(head, chunk.subarray(0, PEEK_BYTES));
  }
  if (from.repeatable) {
    await chunks.return(undefined);
    return { source: { ...from, read: () => checkedChunks(from.read()) }, head };
  }
  // The source is shorter than PEEK_BYTES: check its size before anything is sent.
  const bytes = seen.reduce((sum, chunk) => sum + chunk.length, 0);
  if (ended && from.size !== undefined && bytes !== from.size && bytes > 0) {
    throw sizeMismatchError(bytes, from.size);
  }
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      yield* seen;
      yield* chunks;
    } finally {
      await chunks.return(undefined);
    }
  }
  return { source: { ...from, read }, head };
}

async function collect(
  source: OpenSource,
  signal: AbortSignal,
  onProgress: ((progress: UploadProgress) => void) | undefined,
): Promise<Blob> {
  const report = createProgressReporter(undefined, onProgress);
  const parts: Blob[] = [];
  let bytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source.read()) {
      signal.throwIfAborted();
      bytes += chunk.length;
      if (bytes > MAX_FILE_BYTES) throw sourceError(...fileProblems(bytes));
      report("reading", bytes);
      yield chunk;
    }
  }
  report("reading", 0);
  for await (const piece of splitChunks(counted(), CHUNK_BYTES)) parts.push(new Blob([piece]));
  return new Blob(parts);
}

/** Checks that chunks are bytes, and wraps errors of the source. */
async function* checkedChunks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunks) {
      if (!ArrayBuffer.isView(chunk)) {
        throw sourceError({
          path: CONTENT_PATH,
          code: "type",
          message: "invalid stream chunk: expected Uint8Array",
        });
      }
      yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  } catch (cause) {
    if (cause instanceof SignError) throw cause;
    const message = "cannot read the source stream; see `cause`";
    throw sourceError({ path: CONTENT_PATH, code: "required", message }, cause);
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

function sourceError(problem?: ProblemInput, cause?: unknown): Error;
function sourceError(...problems: ProblemInput[]): Error;
function sourceError(...args: unknown[]): Error {
  const problems = args.filter((arg): arg is ProblemInput => isProblem(arg));
  const cause = args.find((arg) => arg !== undefined && !isProblem(arg));
  return invalidRequest("attach", problems, cause === undefined ? {} : { cause });
}

function isProblem(value: unknown): value is ProblemInput {
  return (
    typeof value === "object" &&
    value !== null &&
    "code" in value &&
    "path" in value &&
    "message" in value &&
    !(value instanceof Error)
  );
}
