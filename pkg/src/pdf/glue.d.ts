// The exports of crates/pdf/src/js.rs. scripts/build.mjs replaces this declaration with the module that
// wasm-bindgen generates.

import type { Problem } from "../errors.js";
import type { PdfPage } from "../pdf.js";

export default function init(options: {
  module_or_path: BufferSource | WebAssembly.Module | Response | Promise<Response>;
}): Promise<unknown>;

export interface WirePdfInspection {
  pages: PdfPage[];
  tags: Array<{ number: number; page: number; x: number; y: number }>;
  encrypted: boolean;
  signed: number;
  certified: boolean;
  problems: Problem[];
}

export function inspect(bytes: Uint8Array): WirePdfInspection | { refusal: Problem };
export function checkPlacement(
  request: string,
  pages: Float64Array,
  tags: Int32Array,
  searched: boolean,
  signers: string[],
): Problem[];
export function maxBytes(): number;
/** Resets the instance, with empty memory. */
export function __wbg_reset_state(): void;
