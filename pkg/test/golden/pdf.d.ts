import { type Problem } from "./errors.js";
import type { FileSignaturePositionInput } from "./generated/contract.js";
import { type WasmSource } from "./wasm/loader.js";
export * from "./errors-public.js";
export type { FileSignaturePositionInput };
export type { WasmSource };
/** What can be inspected. A path needs a file system: Node, Deno or Bun. */
export type PdfSource = Uint8Array | ArrayBuffer | Blob | {
    path: string | URL;
};
/** A page, in PDF points (1/72 inch). */
export interface PdfPage {
    /** Width as displayed, after rotation. */
    width: number;
    /** Height as displayed, after rotation. */
    height: number;
    /** Clockwise, in degrees. */
    rotation: 0 | 90 | 180 | 270;
    /**
     * The part of the page that is displayed (`CropBox` within `MediaBox`), in the coordinates of the
     * file, before rotation and upwards. Positions do not need it: they begin at its corner.
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
    /** Page, from 0: the first that has it. */
    page: number;
    /** Left edge, in PDF points from the left of the page as displayed. */
    x: number;
    /** Upper edge, in PDF points from the top of the page as displayed. */
    y: number;
}
/** What a file is. */
export interface PdfInspection {
    /** Number of pages; 0 when the encryption of the file hides them. */
    pageCount: number;
    /** Every page, in order. */
    pages: PdfPage[];
    /** Every tag where it stands first, by its number. In an encrypted file none can be read. */
    tags: PdfTag[];
    /** Whether the file is encrypted, with or without a password to open it. */
    encrypted: boolean;
    /** How many signatures the file has already. */
    signed: number;
    /** Whether its author has restricted changes (`DocMDP`), so that a signature would break that. */
    certified: boolean;
    /** Why the file should not be attached; empty when nothing speaks against it. */
    problems: Problem[];
}
/** How positions are looked at. */
export interface PlacementOptions {
    /**
     * The signers of the process in their order, as positions name them: the first one's tag is
     * `\s1\`. Without it, a tag is missed only in a file that has none.
     */
    signers?: readonly string[];
}
/**
 * Loads the WebAssembly module; the other functions do it by themselves.
 *
 * @throws {@link WasmLoadError} when it cannot be compiled here. Another call tries again.
 */
export declare function loadWasm(from?: WasmSource): Promise<void>;
/**
 * Tells pages, tags, encryption and signatures of a file of at most 64 MiB. Whoever made it, it
 * costs at most some seconds and a few hundred MiB, which are given back.
 *
 * @throws {@link ValidationError} for what is no PDF, is damaged, or too large or too complex to be
 * read; `problems[0].code` says which.
 */
export declare function inspect(pdf: PdfSource): Promise<PdfInspection>;
/**
 * Everything that is wrong with signature positions in a file: pages that it does not have,
 * signatures that would not be wholly visible, tags that are not there, and limits of fields. Paths
 * are those of attach, `$.signaturePositions[0].pageNumber`. For an encrypted file, whose pages
 * cannot be relied on, its own problems. Takes a file, or what {@link inspect} told of it.
 *
 * @throws {@link ValidationError} as {@link inspect} does.
 */
export declare function checkPlacement(pdf: PdfSource | PdfInspection, signaturePositions: readonly FileSignaturePositionInput[], options?: PlacementOptions): Promise<Problem[]>;
