// Streaming parser for the response of operation `getFile`: the file is Base64 inside JSON and is
// decoded chunk by chunk, so that the text is never in memory as a whole.

import { Base64Decoder } from "./base64.js";

/** Maximum bytes of the other fields. */
const MAX_OUTSIDE = 64 * 1024;

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];

/** Parses a FileAttachment chunk by chunk. */
export class Base64FieldParser {
  /** The text without the file, and the index of its last string. */
  readonly #outside: number[] = [];
  #string = 0;
  #key: string | undefined;
  #depth = 0;
  #position: "outside" | "string" | "content" = "outside";
  /** An incomplete escape sequence. */
  #escape: string | undefined;
  #found = false;
  readonly #decoder = new Base64Decoder();

  /** The bytes of the file in this chunk; `undefined` if the JSON or its Base64 is malformed. */
  *push(text: Uint8Array): Generator<Uint8Array | undefined> {
    let at = 0;
    while (at < text.length) {
      if (this.#position === "content" && this.#escape === undefined) {
        let end = text.indexOf(QUOTE, at);
        if (end < 0) end = text.length;
        const escape = text.subarray(at, end).indexOf(BACKSLASH);
        if (escape >= 0) end = at + escape;
        yield this.#decoder.push(text.subarray(at, end));
        at = end;
        if (at === text.length) return;
      }
      const code = text[at++] as number;
      if (this.#escape !== undefined && this.#position === "content") {
        const unit = this.#unescaped(code);
        if (unit !== undefined) yield this.#decoder.push(Uint8Array.of(unit));
      } else if (!this.#step(code)) yield undefined;
    }
  }

  /** The other fields; `undefined` if the text is truncated or has no file. */
  end(): Record<string, unknown> | undefined {
    if (!this.#found || this.#position !== "outside" || !this.#decoder.whole) return undefined;
    try {
      return JSON.parse(this.#text(0)) as Record<string, unknown>;
    } catch {
      return undefined;
    }
  }

  #text(from: number): string {
    return new TextDecoder().decode(Uint8Array.from(this.#outside.slice(from)));
  }

  /** Handles one byte outside the file; false once the limit is exceeded. */
  #step(code: number): boolean {
    if (this.#position === "content") {
      if (code === BACKSLASH) this.#escape = "";
      else [this.#position, this.#found] = ["outside", true];
      return true;
    }
    this.#outside.push(code);
    if (this.#position === "string") {
      if (this.#escape !== undefined) this.#escape = undefined;
      else if (code === BACKSLASH) this.#escape = "";
      else if (code === QUOTE) this.#position = "outside";
    } else if (code === QUOTE) {
      const content = this.#depth === 1 && this.#key === "content" && !this.#found;
      // Keep an empty string in place of the file.
      if (content) this.#outside.push(QUOTE);
      this.#string = this.#outside.length - 1;
      this.#position = content ? "content" : "string";
    } else if (code === COLON) this.#key = this.#lastString();
    else if (code === COMMA) this.#key = undefined;
    else if (code === 0x7b || code === 0x5b) this.#depth += 1;
    else if (code === 0x7d || code === 0x5d) this.#depth -= 1;
    return this.#outside.length <= MAX_OUTSIDE;
  }

  #lastString(): string | undefined {
    // Up to the colon.
    const text = this.#text(this.#string).slice(0, -1);
    try {
      return JSON.parse(text) as string;
    } catch {
      return undefined;
    }
  }

  /** The byte of an escape sequence once it is complete; 0, which is not Base64, if it is invalid. */
  #unescaped(code: number): number | undefined {
    const escape = this.#escape + String.fromCharCode(code);
    this.#escape = undefined;
    if (escape === "/") return code;
    if (/^u[0-9a-f]{4}$/i.test(escape)) {
      const unit = parseInt(escape.slice(1), 16);
      return unit < 128 ? unit : 0;
    }
    if (!/^u[0-9a-f]{0,3}$/i.test(escape)) return 0;
    this.#escape = escape;
    return undefined;
  }
}
