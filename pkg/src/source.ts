// The file to be attached: from any source to JSON with Base64 inside. The bytes stay out of the
// wasm memory, which never shrinks; the rest of the JSON is checked there.

import { HEAD_BYTES, fileProblems } from "./check-file.js";
import { invalidRequest } from "./connection.js";
import type { Problem } from "./errors.js";
import { MAX_FILE_BYTES } from "./generated/facts.js";
import { quietly } from "./limits.js";
import { fileSystem } from "./node.js";

export { MAX_FILE_BYTES };

// A multiple of three, so that pieces of Base64 can be joined; large enough to be quick.
const PIECE_BYTES = 3 * 256 * 1024;

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
  /** `reading`: the file is read and encoded; `sending`: the request is under way; `done`. */
  phase: "reading" | "sending" | "done";
  /** Bytes of the file that have been read, or, when done, have arrived. */
  bytes: number;
  /** Bytes of the file; known from the beginning, except for a stream without `size`. */
  total: number | undefined;
}

/** A source that is ready to be read. */
export interface OpenSource {
  /** Bytes, when known before reading. */
  size?: number;
  /** File name, when the source has one. */
  name?: string;
  read(): AsyncIterable<Uint8Array>;
}

const CONTENT = "$.content";

/** Looks at a source, without reading it. */
export async function open(from: FileSource, size: number | undefined): Promise<OpenSource> {
  // A function may return another one, but not for ever.
  let source = from;
  for (let depth = 0; typeof source === "function" && depth < 8; depth++) source = await source();
  if (ArrayBuffer.isView(source)) {
    const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    return { size: bytes.byteLength, read: () => pieces(bytes) };
  }
  if (Object.prototype.toString.call(source) === "[object ArrayBuffer]") {
    return open(new Uint8Array(source as ArrayBuffer), size);
  }
  if (typeof source === "object" && source !== null) {
    if (isBlob(source)) {
      const name = "name" in source && typeof source.name === "string" ? source.name : undefined;
      return { size: source.size, name, read: () => slices(source) };
    }
    if ("path" in source) return openPath(source.path);
    if ("getReader" in source) return { size, read: () => chunks(source) };
    if (Symbol.asyncIterator in source) return { size, read: () => source };
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
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(new Uint8Array(PIECE_BYTES), 0, PIECE_BYTES);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }
  return { size: info.size, name: text.split(/[\\/]/).pop() || undefined, read };
}

/**
 * Reads the source into the body of the request. `envelope` is the JSON text of the other fields,
 * ending in an empty `content`.
 */
export async function encode(
  source: OpenSource,
  envelope: string,
  signal: AbortSignal,
  onProgress: ((progress: UploadProgress) => void) | undefined,
): Promise<{ body: Blob; bytes: number }> {
  const end = '"}';
  const parts: Array<string | Blob> = [envelope.slice(0, -end.length)];
  let rest = new Uint8Array(0);
  let bytes = 0;
  let looked = false;
  const look = (head: Uint8Array): void => {
    looked = true;
    const problems = fileProblems(bytes, head);
    if (problems.length > 0) throw refused(...problems);
  };
  const progress = (): void => quietly(onProgress, { phase: "reading", bytes, total: source.size });
  progress();
  for await (const chunk of source.read()) {
    signal.throwIfAborted();
    if (!ArrayBuffer.isView(chunk)) {
      throw refused({ path: CONTENT, code: "type", message: "a stream must yield Uint8Array" });
    }
    bytes += chunk.byteLength;
    if (bytes > MAX_FILE_BYTES) throw refused(...fileProblems(bytes));
    const joined = rest.length === 0 ? chunk : concat(rest, chunk);
    if (!looked && joined.length >= HEAD_BYTES) look(joined);
    const whole = looked ? joined.length - (joined.length % 3) : 0;
    // A Blob a piece: the strings need not live until the end.
    if (whole > 0) parts.push(new Blob([base64(joined.subarray(0, whole))]));
    rest = joined.slice(whole);
    progress();
  }
  if (!looked) look(rest);
  if (source.size !== undefined && source.size !== bytes) {
    const message = `the source gave ${bytes} bytes, but was said to have ${source.size}`;
    throw refused({ path: CONTENT, code: "format", message });
  }
  parts.push(base64(rest), end);
  return { body: new Blob(parts), bytes };
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

function base64(bytes: Uint8Array): string {
  const known = (bytes as { toBase64?: () => string }).toBase64;
  if (typeof known === "function") return known.call(bytes);
  let text = "";
  // As many arguments as every engine takes.
  for (let at = 0; at < bytes.length; at += 8190) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8190));
  }
  return btoa(text);
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
