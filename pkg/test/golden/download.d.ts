/** A file that is being downloaded: a signed PDF, or a ZIP archive of an identification. */
export declare class Download {
    #private;
    /** Identifier of the file. */
    readonly fileId: string;
    /** File name that the platform gave (RFC 6266), without folders. */
    readonly filename: string | undefined;
    /** Media type, such as `application/pdf`. */
    readonly contentType: string | undefined;
    /** Bytes, when the platform said how many. */
    readonly size: number | undefined;
    /** All of it. */
    bytes(): Promise<Uint8Array<ArrayBuffer>>;
    /** All of it, as a Blob. */
    blob(): Promise<Blob>;
    /** As a stream. It fails when the file breaks off. */
    stream(): ReadableStream<Uint8Array>;
    /** Writes it to a file, which is there only once it is whole (Node, Deno, Bun). */
    saveTo(path: string): Promise<void>;
}
/** `filename*` wins over `filename` (RFC 6266 section 4.3); folders are cut off. */
export declare function filename(disposition: string | undefined): string | undefined;
