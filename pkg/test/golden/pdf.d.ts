import { type Problem } from "./errors.js";
import type { FileSignaturePositionInput } from "./generated/contract.js";
import { type WasmSource } from "./wasm/loader.js";
export * from "./errors-public.js";
export type { FileSignaturePositionInput };
export type { WasmSource };
/** A PDF. `path` works in Node, Deno and Bun. */
export type PdfSource = Uint8Array | ArrayBuffer | Blob | {
    path: string | URL;
};
/** A page, in PDF points (1/72 inch), also if the page has another unit (`UserUnit`). */
export interface PdfPage {
    /** Width as displayed, after rotation. */
    width: number;
    /** Height as displayed, after rotation. */
    height: number;
    /** Clockwise, in degrees. */
    rotation: 0 | 90 | 180 | 270;
    /**
     * The displayed part of the page (`CropBox` within `MediaBox`), in the file's coordinates (before
     * rotation, y upwards, in `UserUnit`). Signature positions are relative to its upper left corner.
     */
    visibleBox: {
        left: number;
        bottom: number;
        right: number;
        top: number;
    };
}
/** A signature tag in the text of a file, in the coordinates of the contract. */
export interface PdfTag {
    /** Its text, such as `\s1\`. */
    tag: string;
    /** The number in it: 1 for the first signer of the process. */
    number: number;
    /** Index of the first page with the tag, from 0. */
    page: number;
    /** Left edge, in PDF points from the left of the page as displayed. */
    x: number;
    /** Upper edge, in PDF points from the top of the page as displayed. */
    y: number;
}
/** Result of {@link inspect}. */
export interface PdfInspection {
    /** Number of pages; 0 if the encryption hides them. */
    pageCount: number;
    /** The pages in order. */
    pages: PdfPage[];
    /**
     * The first occurrence of each tag, by number; in a layer that is not visible only if there is no
     * other one. Empty for an encrypted file. Incomplete with the problem `tags_not_searched`.
     */
    tags: PdfTag[];
    /** Whether the file is encrypted, with or without a password to open it. */
    encrypted: boolean;
    /** Number of existing signatures. */
    signed: number;
    /** Whether the author has restricted changes (`DocMDP`) so that a signature would violate them. */
    certified: boolean;
    /**
     * Reasons not to attach the file; empty if there are none. `tags_not_searched` is a warning: the text
     * is too complex to be searched completely for signature tags, so use coordinates.
     */
    problems: Problem[];
}
/** Options of {@link checkPlacement}. */
export interface PlacementOptions {
    /**
     * The signers of the process in order, by the identifiers that the positions use: the tag of the
     * first is `\s1\`. Without `signers`, a missing tag is reported only for a file without any tag.
     */
    signers?: readonly string[] | undefined;
}
/**
 * Loads the WebAssembly module; the other functions call it when needed.
 *
 * @throws {@link WasmLoadError} if it cannot be compiled. The next call tries again.
 */
export declare function loadWasm(from?: WasmSource): Promise<void>;
/**
 * Reads pages, tags, encryption and signatures of a file of at most 64 MiB. Time and memory are
 * bounded, also for hostile files: some seconds and a few hundred MiB, which are released.
 *
 * @throws {@link ValidationError} if the file is not a PDF, damaged or too large, or has too many objects;
 * `problems[0].code` is the reason.
 */
export declare function inspect(pdf: PdfSource): Promise<PdfInspection>;
/**
 * Checks signature positions against a file or a result of {@link inspect}: missing pages, signatures
 * that are not fully visible, missing tags, field limits, and, as a warning (`overlapping_positions`),
 * signatures that overlap. Paths are those of `attach`, such as `$.signaturePositions[0].pageNumber`. For an encrypted file, whose pages are unreliable, the
 * result is the problems of the file.
 *
 * @throws {@link ValidationError} as {@link inspect} does.
 */
export declare function checkPlacement(pdf: PdfSource | PdfInspection, signaturePositions: readonly FileSignaturePositionInput[], options?: PlacementOptions): Promise<Problem[]>;
