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
export declare function createProgressReporter(total: number | undefined, onProgress: ((progress: UploadProgress) => void) | undefined): (phase: UploadProgress["phase"], bytes: number) => void;
/**
 * The same bytes in chunks of one size; the last can be shorter. A chunk is valid until the next is
 * requested. The last is yielded only after the source has ended without an error.
 */
export declare function splitChunks(chunks: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<OwnBytes>;
