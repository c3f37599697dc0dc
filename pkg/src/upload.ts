// The body of an upload: the file as Base64 inside JSON, or as it is for the relay. It is created anew
// for each attempt, and is in memory as a whole only if the runtime can send nothing but a Blob.

import { encodeBase64, encodedLength } from "./base64.js";
import { createProgressReporter, splitChunks, type UploadProgress } from "./chunks.js";
import type { OpenSource } from "./source.js";
import type { WireUpload } from "./wire.js";

// Multiples of three, so that chunks of Base64 can be joined. Stream chunks are small, so that the
// garbage collector frees them before they add up.
const STREAM_CHUNK = 12 * 1024;
const BLOB_CHUNK = 3 * 256 * 1024;

/** Input of {@link createUpload}. */
export interface UploadInput {
  source: OpenSource;
  /** Opens the source again; absent if it can be read only once. */
  again?: () => Promise<OpenSource>;
  size: number;
  /** JSON text of the other fields; `content` is last, and empty. */
  envelope: string;
  /** Value of the relay's header that replaces the envelope: the file is sent without Base64. */
  relayFile?: string;
  onProgress?: (progress: UploadProgress) => void;
  /** Aborts the call if the source fails, so that a truncated body is never complete. */
  onFailure(error: unknown): void;
  /** The error for a source of the wrong size. */
  mismatch(bytes: number): Error;
}

const END = '"}';

export function createUpload(parts: UploadInput): WireUpload & { end(): void } {
  const { source, again, size, envelope, relayFile } = parts;
  const raw = relayFile !== undefined;
  const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
    new TextEncoder().encode(raw ? "" : text) as Uint8Array<ArrayBuffer>;
  const [before, after] = [bytesOf(envelope.slice(0, -END.length)), bytesOf(END)];
  const report = createProgressReporter(size, parts.onProgress);
  let next: OpenSource | undefined = source;
  let running: AsyncGenerator<Uint8Array> | undefined;
  let blob: Promise<Blob> | undefined;

  const failed = (error: unknown): unknown => {
    parts.onFailure(error);
    return error;
  };
  // An unread body has opened nothing, and a mock of fetch can still read it after the call.
  let begun = false;
  let ended = false;
  const end = (): void => {
    ended = true;
    const last = begun ? running : undefined;
    running = undefined;
    void last?.return(undefined).catch(() => undefined);
  };

  /** The body in chunks; the file is read on demand. */
  async function* body(piece: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const from = next ?? (await again?.());
    next = undefined;
    if (from === undefined) throw parts.mismatch(0);
    if (from.size !== undefined && from.size !== size) throw parts.mismatch(from.size);
    if (before.length > 0) yield before;
    const whole = splitChunks(exactly(from.read(), size, parts.mismatch), piece);
    for await (const bytes of whole) yield raw ? bytes.slice() : encodeBase64(bytes);
    if (after.length > 0) yield after;
  }

  function sent(bytes: number): void {
    if (ended) return;
    const content = Math.max(0, bytes - before.length);
    report("sending", Math.min(size, raw ? content : Math.floor(content / 4) * 3));
  }

  const length = before.length + (raw ? size : encodedLength(size)) + after.length;
  return {
    length,
    watched: parts.onProgress !== undefined,
    relayFile,
    sent,
    end,
    stream() {
      end();
      begun = ended = false;
      const chunks = (running = body(STREAM_CHUNK));
      let enqueued = 0;
      const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
        // A pull means that the connection has taken the previous chunks.
        begun = true;
        sent(enqueued);
        try {
          const { done, value } = await chunks.next();
          // The end of the call cuts an unfinished body: it must not look complete.
          if (done && enqueued < length) return controller.error(new Error("the call has ended"));
          if (done) return controller.close();
          enqueued += value.length;
          controller.enqueue(value);
        } catch (error) {
          controller.error(failed(error));
        }
      };
      const cancel = async (): Promise<void> => void (await chunks.return(undefined));
      // Read nothing before the first pull.
      return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
    },
    async blob(signal) {
      // The runtime reads the Blob directly.
      if (raw && source.blob !== undefined) return source.blob;
      blob ??= (async () => {
        const made: Blob[] = [];
        const chunks = (running = body(BLOB_CHUNK));
        let bytes = 0;
        report("reading", 0);
        for await (const chunk of chunks) {
          signal.throwIfAborted();
          // One Blob per chunk: the browser can move Blobs out of memory.
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

/** Maximum length of the relay's header, in bytes (src/request/relay.rs). */
const MAX_RELAY_HEADER = 8 * 1024;

/** Value of the relay's header for a file; absent if it would be too long. */
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

/** Checks the number of bytes; a wrong end is detected before the last chunk is yielded. */
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
