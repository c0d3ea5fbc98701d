/**
 * Decodes LZ4 frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md) of Kafka's clients. The decoders in
 * plain JavaScript on npm copy past the end of their buffers on a malformed block. Inner checksums are ignored: the
 * record batch has one.
 */
const MAGIC = 0x184d2204;
const VERSION_MASK = 0xc0;
const VERSION = 0x40;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const DICTIONARY = 0x01;
const STORED = 0x80000000;
const MIN_MATCH = 4;

/** @throws the bytes are no such frame, or longer than `max` */
export function decodeLz4(source: Buffer, max: number): Buffer {
  if (source.readUInt32LE(0) !== MAGIC) throw new Error('no LZ4 frame');
  const flags = source.readUInt8(4);
  if ((flags & VERSION_MASK) !== VERSION) throw new Error('another version of LZ4 frames');
  let at = 7 + (flags & CONTENT_SIZE ? 8 : 0) + (flags & DICTIONARY ? 4 : 0);
  const out = new Growing(max);
  for (;;) {
    const word = source.readUInt32LE(at);
    at += 4;
    if (word === 0) return out.whole();
    const size = word & ~STORED;
    if (at + size > source.length) throw new Error('an LZ4 block ends after its frame');
    if (word & STORED) out.append(source, at, size);
    else decodeBlock(source.subarray(at, at + size), out);
    at += size + (flags & BLOCK_CHECKSUM ? 4 : 0);
  }
}

function decodeBlock(source: Buffer, out: Growing): void {
  let at = 0;
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (let byte = 255; byte === 255; length += byte) byte = source.readUInt8(at++);
    return length;
  };
  while (at < source.length) {
    const token = source.readUInt8(at++);
    const literals = lengthFrom(token >> 4);
    if (at + literals > source.length) throw new Error('LZ4 literals end after their block');
    out.append(source, at, literals);
    at += literals;
    // The last sequence has literals only.
    if (at >= source.length) return;
    const distance = source.readUInt16LE(at);
    at += 2;
    out.repeat(distance, lengthFrom(token & 15) + MIN_MATCH);
  }
}

/** A buffer that grows up to a bound. */
class Growing {
  #bytes = Buffer.alloc(4_096);
  #length = 0;

  constructor(readonly max: number) {}

  #reserve(more: number): void {
    const wanted = this.#length + more;
    if (wanted > this.max) throw new Error(`more than ${this.max} bytes when decompressed`);
    if (wanted <= this.#bytes.length) return;
    const grown = Buffer.alloc(Math.min(this.max, Math.max(wanted, 2 * this.#bytes.length)));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  append(source: Buffer, at: number, length: number): void {
    this.#reserve(length);
    source.copy(this.#bytes, this.#length, at, at + length);
    this.#length += length;
  }

  /** Repeats the bytes from `distance` before, which may overlap with the output. */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length) throw new Error('an LZ4 match begins before its frame');
    this.#reserve(length);
    for (const end = this.#length + length; this.#length < end; this.#length++)
      this.#bytes[this.#length] = this.#bytes[this.#length - distance]!;
  }

  whole(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
