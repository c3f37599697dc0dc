import { MAX_FILE_BYTES } from "./generated/facts.js";
export { MAX_FILE_BYTES };
/** What can be attached. A function is asked anew whenever the bytes are needed. */
export type FileSource = Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | {
    path: string | URL;
} | (() => FileSource | Promise<FileSource>);
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
/** Looks at a source, without reading it. */
export declare function open(from: FileSource, size: number | undefined): Promise<OpenSource>;
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
export declare function prepare(from: FileSource, opened: OpenSource, signal: AbortSignal, onProgress: ((progress: UploadProgress) => void) | undefined): Promise<Prepared>;
/** The error for a source that gave so many bytes. */
export declare function mismatch(bytes: number, size: number): Error;
