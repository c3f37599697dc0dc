// Base64 (RFC 4648 section 4) from bytes to bytes, in chunks: a file never becomes a string.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAD = 0x3d;

let pairs: Uint16Array | undefined;

/** Two characters per 12 bits, written as bytes, so that the byte order of the host is irrelevant. */
function table(): Uint16Array {
  if (pairs === undefined) {
    pairs = new Uint16Array(4096);
    const bytes = new Uint8Array(pairs.buffer);
    for (let bits = 0; bits < 4096; bits++) {
      bytes[2 * bits] = ALPHABET.charCodeAt(bits >> 6);
      bytes[2 * bits + 1] = ALPHABET.charCodeAt(bits & 63);
    }
  }
  return pairs;
}

export function encodedLength(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

export function encodeBase64(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const known = table();
  const pair = new Uint16Array(encodedLength(bytes.length) / 2);
  const rest = bytes.length % 3;
  const whole = bytes.length - rest;
  let to = 0;
  const put = (a: number, b: number, c: number): void => {
    const bits = (a << 16) | (b << 8) | c;
    pair[to++] = known[bits >> 12] as number;
    pair[to++] = known[bits & 4095] as number;
  };
  for (let at = 0; at < whole; at += 3) {
    put(bytes[at] as number, bytes[at + 1] as number, bytes[at + 2] as number);
  }
  if (rest > 0) put(bytes[whole] as number, bytes[whole + 1] ?? 0, 0);
  const out = new Uint8Array(pair.buffer);
  if (rest > 0) out.fill(PAD, out.length - 3 + rest);
  return out;
}

// 64 for padding, 255 for characters outside the alphabet.
let values: Uint8Array | undefined;

function valueOf(code: number): number {
  if (values === undefined) {
    values = new Uint8Array(256).fill(255);
    for (let value = 0; value < 64; value++) values[ALPHABET.charCodeAt(value)] = value;
    values[PAD] = 64;
  }
  return values[code] as number;
}

/** Incremental decoder. */
export class Base64Decoder {
  #bits = 0;
  #count = 0;
  #padding = 0;

  /** Decodes complete groups of four characters; `undefined` if the input is not Base64. */
  push(characters: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    const out = new Uint8Array(Math.floor((characters.length + this.#count) / 4) * 3);
    let to = 0;
    for (const code of characters) {
      const value = valueOf(code);
      if (value === 255 || (value === 64 ? this.#count < 2 : this.#padding > 0)) return undefined;
      if (value === 64) this.#padding += 1;
      this.#bits = (this.#bits << 6) | (value & 63);
      if (++this.#count < 4) continue;
      out[to++] = this.#bits >> 16;
      if (this.#padding < 2) out[to++] = this.#bits >> 8;
      if (this.#padding < 1) out[to++] = this.#bits;
      this.#bits = this.#count = 0;
    }
    return out.subarray(0, to);
  }

  /** Whether the input so far ends on a group boundary. */
  get whole(): boolean {
    return this.#count === 0;
  }
}
