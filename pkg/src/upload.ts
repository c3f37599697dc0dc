// The body of an upload: the bytes of a file, in Base64 inside the JSON of its other fields, or as
// they are for the relay. It is made anew for each attempt and never stands in memory as a whole,
// unless the runtime can send nothing but a Blob.

import { encode, encodedLength } from "./base64.js";
import { quietly } from "./limits.js";
import type { OpenSource, UploadProgress } from "./source.js";
import type { Upload } from "./wire.js";

// Multiples of three, so that pieces of Base64 can be joined. A piece of a stream is garbage once it
// is sent: small ones are collected long before they add up.
const STREAM_PIECE = 12 * 1024;
const BLOB_PIECE = 3 * 256 * 1024;

/** Bytes between two reports of progress. */
const PROGRESS_STEP = 64 * 1024;

/** What an upload is made of. */
export interface UploadParts {
  source: OpenSource;
  /** The source once more; absent when it can be read only once. */
  again?: () => Promise<OpenSource>;
  size: number;
  /** JSON text of the other fields, ending in an empty `content`. */
  envelope: string;
  /** The relay's header, in place of the envelope: the bytes go as they are. */
  relayFile?: string;
  onProgress?: (progress: UploadProgress) => void;
  /** Ends the call when the source fails: nothing that is short may look whole. */
  onFailure(error: unknown): void;
  /** The error for a source that gave so many bytes. */
  mismatch(bytes: number): Error;
}

const END = '"}';

/** Makes the body. */
export function createUpload(parts: UploadParts): Upload & { end(): void } {
  const { source, again, size, envelope, relayFile } = parts;
  const raw = relayFile !== undefined;
  const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
    new TextEncoder().encode(raw ? "" : text) as Uint8Array<ArrayBuffer>;
  const [before, after] = [bytesOf(envelope.slice(0, -END.length)), bytesOf(END)];
  const report = reporter(size, parts.onProgress);
  let next: OpenSource | undefined = source;
  let running: AsyncGenerator<Uint8Array> | undefined;
  let blob: Promise<Blob> | undefined;

  const failed = (error: unknown): unknown => {
    parts.onFailure(error);
    return error;
  };
  // A body of which nothing was read holds nothing open, and a stub may still look at it later.
  let begun = false;
  let ended = false;
  const end = (): void => {
    ended = true;
    const last = begun ? running : undefined;
    running = undefined;
    void last?.return(undefined).catch(() => undefined);
  };

  /** The body in pieces; the file is read as they are asked for. */
  async function* body(piece: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const from = next ?? (await again?.());
    next = undefined;
    if (from === undefined) throw parts.mismatch(0);
    if (from.size !== undefined && from.size !== size) throw parts.mismatch(from.size);
    if (before.length > 0) yield before;
    const whole = inPieces(exactly(from.read(), size, parts.mismatch), piece);
    for await (const bytes of whole) yield raw ? bytes.slice() : encode(bytes);
    if (after.length > 0) yield after;
  }

  function sent(bytes: number): void {
    if (ended) return;
    const content = Math.max(0, bytes - before.length);
    report("sending", Math.min(size, raw ? content : Math.floor(content / 4) * 3));
  }

  return {
    length: before.length + (raw ? size : encodedLength(size)) + after.length,
    watched: parts.onProgress !== undefined,
    relayFile,
    sent,
    end,
    stream() {
      end();
      begun = ended = false;
      const chunks = (running = body(STREAM_PIECE));
      let handed = 0;
      const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
        // Asked for more: what was handed over has been taken.
        begun = true;
        sent(handed);
        try {
          const { done, value } = await chunks.next();
          if (done) return controller.close();
          handed += value.length;
          controller.enqueue(value);
        } catch (error) {
          controller.error(failed(error));
        }
      };
      const cancel = async (): Promise<void> => void (await chunks.return(undefined));
      // Nothing is read before it is asked for.
      return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
    },
    async blob(signal) {
      // As it is: the runtime reads it by itself.
      if (raw && source.blob !== undefined) return source.blob;
      blob ??= (async () => {
        const made: Blob[] = [];
        const chunks = (running = body(BLOB_PIECE));
        let bytes = 0;
        report("reading", 0);
        for await (const chunk of chunks) {
          signal.throwIfAborted();
          // A Blob a piece: the browser may put it elsewhere.
          made.push(new Blob([chunk]));
          bytes += chunk.length;
          report(
            "reading",
            Math.min(size, raw ? bytes : Math.floor(Math.max(0, bytes - before.length) / 4) * 3),
          );
        }
        return new Blob(made);
      })();
      return blob.catch((error: unknown) => {
        throw failed(error);
      });
    },
  };
}

/** Greatest length of the relay's header, in bytes (src/request/relay.rs). */
const MAX_RELAY_HEADER = 8 * 1024;

/** The relay's header for a file, out of its envelope; absent when that is too long for one. */
export function relayHeader(envelope: string): string | undefined {
  const {
    contentType: _,
    content: __,
    ...described
  } = JSON.parse(envelope) as Partial<Record<string, unknown>>;
  const escaped = (unit: string): string =>
    `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const text = JSON.stringify(described).replace(/[^ -~]/g, escaped);
  return text.length <= MAX_RELAY_HEADER ? text : undefined;
}

/** Progress that only grows within its phase, and is not told for every small piece. */
export function reporter(
  total: number | undefined,
  onProgress: ((progress: UploadProgress) => void) | undefined,
): (phase: UploadProgress["phase"], bytes: number) => void {
  let last: UploadProgress["phase"] | undefined;
  let least = 0;
  return (phase, bytes) => {
    if (phase !== last) [last, least] = [phase, 0];
    else if (bytes < least || (bytes === total && least > bytes)) return;
    quietly(onProgress, { phase, bytes, total });
    least = bytes === total ? bytes + 1 : Math.min(bytes + PROGRESS_STEP, total ?? Infinity);
  };
}

/** The same bytes, exactly as many as were said; their end is known before the last are out. */
async function* exactly(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  mismatch: (bytes: number) => Error,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > size) throw mismatch(bytes);
    yield chunk;
  }
  if (bytes !== size) throw mismatch(bytes);
}

/**
 * The same bytes in pieces of one size, the last shorter. A piece is good until the next is asked
 * for. The last one comes only once the source has ended well.
 */
export async function* inPieces(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      if (filled === size) {
        yield buffer;
        filled = 0;
      }
      const part = chunk.subarray(at, at + size - filled);
      buffer.set(part, filled);
      filled += part.length;
      at += part.length;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}
