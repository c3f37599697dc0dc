import { type CallOptions } from "./limits.js";
/** How far a download is. */
export interface DownloadProgress {
    /** Bytes of the file that have come. */
    bytes: number;
    /** Bytes of the file, when the platform said how many. */
    total: number | undefined;
}
/** Options of `SigningProcess.download`. The time limit holds for the head, and again for the file. */
export interface DownloadOptions extends CallOptions {
    /** Told how far the download is. */
    onProgress?: (progress: DownloadProgress) => void;
}
/** How a file is written. */
export interface SaveOptions {
    /** Whether a file that is there is replaced; true when absent. */
    overwrite?: boolean;
}
/** A file that is being downloaded: a signed PDF, or a ZIP archive of an identification. */
export declare class Download {
    #private;
    /** Identifier of the file. */
    readonly fileId: string;
    /** Bytes, when the platform said how many. */
    readonly size: number | undefined;
    /**
     * File name that the platform gave (RFC 6266), without folders. A server without the operation
     * `getFileContent` tells it, and the media type, together with the file: it is known afterwards.
     */
    get filename(): string | undefined;
    /** Media type, such as `application/pdf`. */
    get contentType(): string | undefined;
    /** Lets the file go unread. */
    cancel(): void;
    /** All of it. */
    bytes(): Promise<Uint8Array<ArrayBuffer>>;
    /** All of it, as a Blob. */
    blob(): Promise<Blob>;
    /** As a stream. It fails when the file breaks off or the signal is aborted; it has no time limit. */
    stream(): ReadableStream<Uint8Array>;
    /**
     * Writes it to a file (Node, Deno, Bun). The bytes go to a temporary name in the same folder, to the
     * disk, and only then to their name: a failure leaves nothing, and a file that was there untouched.
     * One that is there is replaced at once, a link as the link it is, unless `overwrite` is false.
     */
    saveTo(path: string, options?: SaveOptions): Promise<void>;
}
/** `filename*` wins over `filename` (RFC 6266 section 4.3); folders are cut off. */
export declare function filename(disposition: string | undefined): string | undefined;
