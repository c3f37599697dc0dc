// Splits a byte stream into chunks and reports progress.

import { callSafely } from "./deadline.js";

/** Minimum bytes between two progress reports. */
const PROGRESS_STEP = 64 * 1024;

/** Bytes in a buffer of their own: `Uint8Array<ArrayBuffer>` from TypeScript 5.7. */
export type OwnBytes = ReturnType<Uint8Array["slice"]>;

/** Progress of an upload. */
export interface UploadProgress {
  /**
   * `sending`: the request is being sent; `done`: the response has arrived. `reading` comes first
   * where the file must be read before it is sent: in runtimes that send a Blob, and for a stream
   * without `size`.
   */
  phase: "reading" | "sending" | "done";
  /** Bytes of the file that were read, or handed to the connection. */
  bytes: number;
  /** Size of the file; unknown only while a stream without `size` is read. */
  total: number | undefined;
}

/** Reports progress that only grows within a phase, at most once per `PROGRESS_STEP`. */
export function createProgressReporter(
  total: number | undefined,
  onProgress: ((progress: UploadProgress) => void) | undefined,
): (phase: UploadProgress["phase"], bytes: number) => void {
  let last: UploadProgress["phase"] | undefined;
  let least = 0;
  return (phase, bytes) => {
    if (phase !== last) [last, least] = [phase, 0];
    else if (bytes < least || (bytes === total && least > bytes)) return;
    callSafely(onProgress, { phase, bytes, total });
    least = bytes === total ? bytes + 1 : Math.min(bytes + PROGRESS_STEP, total ?? Infinity);
  };
}

/**
 * The same bytes in chunks of one size; the last can be shorter. A chunk is valid until the next is
 * requested. The last is yielded only after the source has ended without an error.
 */
export async function* splitChunks(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<OwnBytes> {
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
