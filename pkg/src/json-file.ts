// The file in the answer of operation `getFile`: Base64 inside JSON, decoded as it comes, so that
// the text never stands in memory as a whole.

import { Decoder } from "./base64.js";

/** Bytes that the other fields may take. */
const MOST_OUTSIDE = 64 * 1024;

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];

/** Reads a FileAttachment piece by piece. */
export class JsonFile {
  /** The text without the file, and from where its last string stands in it. */
  readonly #outside: number[] = [];
  #string = 0;
  #key: string | undefined;
  #depth = 0;
  #place: "outside" | "string" | "content" = "outside";
  /** An escape that is not yet whole. */
  #escape: string | undefined;
  #found = false;
  readonly #decoder = new Decoder();

  /** The bytes of the file in this piece of the text; `undefined` when it is no such JSON. */
  *push(text: Uint8Array): Generator<Uint8Array | undefined> {
    let at = 0;
    while (at < text.length) {
      if (this.#place === "content" && this.#escape === undefined) {
        let end = text.indexOf(QUOTE, at);
        if (end < 0) end = text.length;
        const escape = text.subarray(at, end).indexOf(BACKSLASH);
        if (escape >= 0) end = at + escape;
        yield this.#decoder.push(text.subarray(at, end));
        at = end;
        if (at === text.length) return;
      }
      const code = text[at++] as number;
      if (this.#escape !== undefined && this.#place === "content") {
        const unit = this.#unescaped(code);
        if (unit !== undefined) yield this.#decoder.push(Uint8Array.of(unit));
      } else if (!this.#step(code)) yield undefined;
    }
  }

  /** The other fields; `undefined` when the text broke off, or held no file. */
  end(): Record<string, unknown> | undefined {
    if (!this.#found || this.#place !== "outside" || !this.#decoder.whole) return undefined;
    try {
      return JSON.parse(this.#text(0)) as Record<string, unknown>;
    } catch {
      return undefined;
    }
  }

  #text(from: number): string {
    return new TextDecoder().decode(Uint8Array.from(this.#outside.slice(from)));
  }

  /** One byte beside the file; false when there are too many of them. */
  #step(code: number): boolean {
    if (this.#place === "content") {
      if (code === BACKSLASH) this.#escape = "";
      else [this.#place, this.#found] = ["outside", true];
      return true;
    }
    this.#outside.push(code);
    if (this.#place === "string") {
      if (this.#escape !== undefined) this.#escape = undefined;
      else if (code === BACKSLASH) this.#escape = "";
      else if (code === QUOTE) this.#place = "outside";
    } else if (code === QUOTE) {
      const content = this.#depth === 1 && this.#key === "content" && !this.#found;
      // What remains is an empty string.
      if (content) this.#outside.push(QUOTE);
      this.#string = this.#outside.length - 1;
      this.#place = content ? "content" : "string";
    } else if (code === COLON) this.#key = this.#lastString();
    else if (code === COMMA) this.#key = undefined;
    else if (code === 0x7b || code === 0x5b) this.#depth += 1;
    else if (code === 0x7d || code === 0x5d) this.#depth -= 1;
    return this.#outside.length <= MOST_OUTSIDE;
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

  /** A character of an escape: the byte that it stands for, once it is whole; 0 is no Base64. */
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
