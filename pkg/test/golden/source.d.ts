import { MAX_FILE_BYTES } from "./generated/facts.js";
export { MAX_FILE_BYTES };
/** What can be attached. A function is asked anew whenever the bytes are needed. */
export type FileSource = Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | {
    path: string | URL;
} | (() => FileSource | Promise<FileSource>);
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
/** Looks at a source, without reading it. */
export declare function open(from: FileSource, size: number | undefined): Promise<OpenSource>;
/**
 * Reads the source into the body of the request. `envelope` is the JSON text of the other fields,
 * ending in an empty `content`.
 */
export declare function encode(source: OpenSource, envelope: string, signal: AbortSignal, onProgress: ((progress: UploadProgress) => void) | undefined): Promise<{
    body: Blob;
    bytes: number;
}>;
