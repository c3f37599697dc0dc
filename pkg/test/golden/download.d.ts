import type { OwnBytes } from "./chunks.js";
import { type CallOptions } from "./deadline.js";
/** Progress of a download. */
export interface DownloadProgress {
    /** Bytes received. */
    bytes: number;
    /** Size of the file, if the platform sent it. */
    total: number | undefined;
}
/**
 * Options of `SigningProcess.download`. The timeout applies to the response head, and again to the body;
 * with `stream()`, to each chunk. By default it is that of the client.
 */
export interface DownloadOptions extends CallOptions {
    /** Called with the progress. */
    onProgress?: ((progress: DownloadProgress) => void) | undefined;
}
/** Options of `Download.saveTo`. */
export interface DownloadSaveOptions {
    /** Whether an existing file is replaced, default true. */
    overwrite?: boolean | undefined;
}
/** A download: a signed PDF, or a ZIP archive of an identification. */
export declare class Download {
    #private;
    /** Identifier of the file. */
    readonly fileId: string;
    /** Size in bytes, if the platform sent it. */
    readonly size: number | undefined;
    /**
     * File name from Content-Disposition (RFC 6266), without folders. From a server without the
     * operation `getFileContent`, name and media type arrive with the file and are known once it has
     * been read.
     */
    get filename(): string | undefined;
    /** Media type, such as `application/pdf`. */
    get contentType(): string | undefined;
    /** Aborts the download. */
    cancel(): void;
    /** The whole file. */
    bytes(): Promise<OwnBytes>;
    /** The whole file, as a Blob. */
    blob(): Promise<Blob>;
    /**
     * The file as a stream. It fails if the file is truncated, the signal is aborted, or the next chunk
     * does not arrive within the timeout.
     */
    stream(): ReadableStream<Uint8Array>;
    /**
     * Saves the file (Node, Deno, Bun). It is written to a temporary file in the same folder, flushed,
     * and renamed: after a failure nothing remains, and an existing file is unchanged. An existing file
     * is replaced atomically (a symbolic link itself, not its target), unless `overwrite` is false.
     */
    saveTo(path: string, options?: DownloadSaveOptions): Promise<void>;
}
/** `filename*` wins over `filename` (RFC 6266 section 4.3); folders are cut off. */
export declare function parseContentDisposition(disposition: string | undefined): string | undefined;
