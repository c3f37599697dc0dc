// The file to be attached: where its bytes come from, how many they are, and how they begin. They
// stay out of the wasm memory, which never shrinks; upload.ts makes the body of them.

import { fileProblems } from "./check-file.js";
import { invalidRequest } from "./connection.js";
import { SignError, type Problem } from "./errors.js";
import { MAX_FILE_BYTES } from "./generated/facts.js";
import { fileSystem } from "./node.js";
import { inPieces, reporter } from "./upload.js";

export { MAX_FILE_BYTES };

/** Bytes that are read at a time. */
const PIECE_BYTES = 192 * 1024;
/** Bytes that are looked at before anything is sent: a short file as a whole. */
const PEEK_BYTES = 1024;
/** What can be attached. A function is asked anew whenever the bytes are needed. */
export type FileSource =
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | { path: string | URL }
  | (() => FileSource | Promise<FileSource>);

/** How far an upload is. */
export interface UploadProgress {
  /**
   * `sending`: the request is under way; `done`: it was answered. `reading` comes before them where
   * the file has to be read first: in runtimes that send a Blob, and for a stream without `size`.
   */
  phase: "reading" | "sending" | "done";
  /** Bytes of the file that were read, taken by the connection, or, when done, have arrived. */
  bytes: number;
  /** Bytes of the file; unknown only while a stream without `size` is read. */
  total: number | undefined;
}

/** A source that is ready to be read. */
export interface OpenSource {
  /** Bytes, when known before reading. */
  size?: number;
  /** File name, when the source has one. */
  name?: string;
  /** The bytes as a Blob of the runtime, where they are one. */
  blob?: Blob;
  /** Whether it can be read more than once. */
  repeatable: boolean;
  /** The bytes; a chunk is good until the next is asked for. */
  read(): AsyncIterable<Uint8Array>;
  /** Lets go of what `read` has opened. */
  end?(): Promise<void>;
}

const CONTENT = "$.content";

/** Looks at a source, without reading it. */
export async function open(from: FileSource, size: number | undefined): Promise<OpenSource> {
  // A function may return another one, but not for ever.
  let source = from;
  for (let depth = 0; typeof source === "function" && depth < 8; depth++) source = await source();
  if (ArrayBuffer.isView(source)) {
    const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    return { size: bytes.byteLength, repeatable: true, read: () => pieces(bytes) };
  }
  if (Object.prototype.toString.call(source) === "[object ArrayBuffer]") {
    return open(new Uint8Array(source as ArrayBuffer), size);
  }
  if (typeof source === "object" && source !== null) {
    if (isBlob(source)) {
      const name = "name" in source && typeof source.name === "string" ? source.name : undefined;
      return { ...blobSource(source), name };
    }
    if ("path" in source) return openPath(source.path);
    if ("getReader" in source) return { size, repeatable: false, read: () => chunks(source) };
    if (Symbol.asyncIterator in source) return { size, repeatable: false, read: () => source };
  }
  throw refused({
    path: CONTENT,
    code: "type",
    message: "must be bytes, a Blob, a stream, { path } or a function that returns one of them",
  });
}

function isBlob(source: object): source is Blob {
  return "size" in source && "slice" in source && "arrayBuffer" in source;
}

function blobSource(source: Blob): OpenSource {
  const blob = source instanceof Blob ? source : undefined;
  return { size: source.size, blob, repeatable: true, read: () => slices(source) };
}

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

async function* slices(blob: Blob): AsyncIterable<Uint8Array> {
  for (let at = 0; at < blob.size; at += PIECE_BYTES) {
    yield new Uint8Array(await blob.slice(at, at + PIECE_BYTES).arrayBuffer());
  }
}

async function* chunks(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    ended = true;
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
  }
}

async function openPath(path: string | URL): Promise<OpenSource> {
  const fs = await fileSystem("a file by its path");
  const missing = (message: string, cause?: unknown): Error =>
    refused({ path: CONTENT, code: "required", message }, cause);
  const info = await fs.stat(path).catch((cause: unknown) => {
    throw missing("there is no file at this path, or it cannot be read", cause);
  });
  if (!info.isFile()) throw missing("there is something else than a file at this path");
  const text = typeof path === "string" ? path : decodeURIComponent(path.pathname);
  async function* read(): AsyncIterable<Uint8Array> {
    const file = await fs.open(path).catch((cause: unknown) => {
      throw missing("the file cannot be read", cause);
    });
    const buffer = new Uint8Array(PIECE_BYTES);
    try {
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, PIECE_BYTES);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }
  return { size: info.size, name: text.split(/[\\/]/).pop() || undefined, repeatable: true, read };
}

/** A source that is ready to be sent: its size is known, and it begins as a PDF does. */
export interface Prepared {
  source: OpenSource;
  size: number;
  /** The source once more; absent when it can be read only once. */
  again?: () => Promise<OpenSource>;
}

/**
 * Makes a source ready. Of a file only the beginning is read; a stream of unknown size has to be
 * read to its end, into a Blob.
 */
export async function prepare(
  from: FileSource,
  opened: OpenSource,
  signal: AbortSignal,
  onProgress: ((progress: UploadProgress) => void) | undefined,
): Promise<Prepared> {
  const { source, head } = await peek(opened);
  const wrong = fileProblems(head.length && (source.size ?? head.length), head);
  if (wrong.length > 0) {
    await source.end?.();
    throw refused(...wrong);
  }
  if (source.size === undefined) {
    const blob = await collect(source, signal, onProgress);
    const again = blobSource(blob);
    return { source: again, size: blob.size, again: () => Promise.resolve(again) };
  }
  const { size } = source;
  if (typeof from === "function") return { source, size, again: () => open(from, size) };
  return { source, size, again: source.repeatable ? () => Promise.resolve(source) : undefined };
}

/** The error for a source that gave so many bytes. */
export function mismatch(bytes: number, size: number): Error {
  const gave = bytes > size ? "more" : `${bytes} bytes`;
  const message = `the source gave ${gave}, but was said to have ${size} bytes`;
  return refused({ path: CONTENT, code: "format", message });
}

/** The beginning of a source, and a source that still has it. */
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
    // A short one may be overwritten by its owner before it is sent.
    const chunk = value.length < PEEK_BYTES ? value.slice() : value;
    seen.push(chunk);
    head = concat(head, chunk.subarray(0, PEEK_BYTES));
  }
  if (from.repeatable) {
    await chunks.return(undefined);
    return { source: { ...from, read: () => checkedChunks(from.read()) }, head };
  }
  // What ended already is known now, before anything is sent.
  const bytes = seen.reduce((sum, chunk) => sum + chunk.length, 0);
  if (ended && from.size !== undefined && bytes !== from.size && bytes > 0) {
    throw mismatch(bytes, from.size);
  }
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      yield* seen;
      yield* chunks;
    } finally {
      await chunks.return(undefined);
    }
  }
  return {
    source: { ...from, read, end: async () => void (await chunks.return(undefined)) },
    head,
  };
}

async function collect(
  source: OpenSource,
  signal: AbortSignal,
  onProgress: ((progress: UploadProgress) => void) | undefined,
): Promise<Blob> {
  const report = reporter(undefined, onProgress);
  const parts: Blob[] = [];
  let bytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source.read()) {
      signal.throwIfAborted();
      bytes += chunk.length;
      if (bytes > MAX_FILE_BYTES) throw refused(...fileProblems(bytes));
      report("reading", bytes);
      yield chunk;
    }
  }
  report("reading", 0);
  for await (const piece of inPieces(counted(), PIECE_BYTES)) parts.push(new Blob([piece]));
  return new Blob(parts);
}

/** Chunks that are bytes; what the source throws becomes an error of this package. */
async function* checkedChunks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunks) {
      if (!ArrayBuffer.isView(chunk)) {
        throw refused({ path: CONTENT, code: "type", message: "a stream must yield Uint8Array" });
      }
      yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  } catch (cause) {
    if (cause instanceof SignError) throw cause;
    const message = "the source failed while it was read";
    throw refused({ path: CONTENT, code: "required", message }, cause);
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

function refused(problem?: Problem, cause?: unknown): Error;
function refused(...problems: Problem[]): Error;
function refused(...args: unknown[]): Error {
  const problems = args.filter((arg): arg is Problem => isProblem(arg));
  const cause = args.find((arg) => arg !== undefined && !isProblem(arg));
  return invalidRequest("attach", problems, cause === undefined ? {} : { cause });
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === "object" &&
    value !== null &&
    "code" in value &&
    "path" in value &&
    "message" in value &&
    !(value instanceof Error)
  );
}
