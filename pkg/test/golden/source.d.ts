import { type UploadProgress } from "./chunks.js";
import { MAX_FILE_BYTES } from "./generated/facts.js";
export { MAX_FILE_BYTES };
/** A file to attach. A function is called for each attempt. */
export type FileSource = Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | {
    path: string | URL;
} | (() => FileSource | Promise<FileSource>);
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
/** The source of one call: opens it for each attempt, and closes what it has opened. */
export declare class SourceHandle {
    #private;
    constructor(from: FileSource);
    /** Whether the source can be opened again although it can be read only once. */
    get repeatable(): boolean;
    /** Opens the source without reading it. `expected`: its size according to the caller. */
    open(expected: number | undefined): Promise<OpenSource>;
    /** Closes the source at the end of the call, also if it was never opened. */
    close(): void;
}
/** A source with a known size and a valid PDF header. */
export interface PreparedSource {
    source: OpenSource;
    size: number;
    /** Opens the source again; absent if it can be read only once. */
    again?: () => Promise<OpenSource>;
}
/** Checks the header of an opened source. A stream of unknown size is read into a Blob. */
export declare function prepareSource(handle: SourceHandle, opened: OpenSource, signal: AbortSignal, onProgress: ((progress: UploadProgress) => void) | undefined): Promise<PreparedSource>;
/** The error for a source that yields another number of bytes than its size. */
export declare function sizeMismatchError(bytes: number, size: number): Error;
