import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Decompress as ZstdStream } from 'fzstd';
import snappyjs from 'snappyjs';
import { decodeLz4 } from './lz4.js';

/**
 * Maximum decompressed size of a record batch: a few bytes can expand to gigabytes. The same as the maximum of an
 * uncompressed one in a topic that this program makes; decoders in JavaScript block everything else meanwhile.
 */
export const MAX_BATCH_BYTES = 4 * 2 ** 20;
/** Maximum window of zstd: the highest levels use it even in a small batch. */
const MAX_WINDOW_BYTES = 16 * 2 ** 20;

type Decompress = (bytes: Buffer) => Promise<Buffer> | Buffer;

const options = { maxOutputLength: MAX_BATCH_BYTES };
const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip);

const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_BYTES = 16;

/** Raw, or in the blocks of the Java client: a header, then each block after its length. */
function snappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, XERIAL.length).equals(XERIAL)) return snappyjs.uncompress(bytes, MAX_BATCH_BYTES);
  const blocks: Buffer[] = [];
  let left = MAX_BATCH_BYTES;
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length;) {
    const size = bytes.readInt32BE(at);
    at += 4;
    if (size <= 0 || at + size > bytes.length) throw new Error('a snappy block ends after its record batch');
    const block = snappyjs.uncompress(bytes.subarray(at, at + size), left);
    at += size;
    left -= block.length;
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

/** The window of a zstd frame, which the decoder keeps in memory, from its header (RFC 8878, 3.1.1.1). */
function zstdWindow(bytes: Buffer): number {
  const flags = bytes.readUInt8(4);
  const isOneSegment = (flags & 0x20) !== 0;
  if (!isOneSegment) {
    const log = 10 + (bytes.readUInt8(5) >> 3);
    return 2 ** log * (1 + (bytes.readUInt8(5) & 7) / 8);
  }
  const at = 5 + ([0, 1, 2, 4] as const)[(flags & 3) as 0 | 1 | 2 | 3];
  const size = flags >> 6;
  return size === 0
    ? bytes.readUInt8(at)
    : size === 1
      ? bytes.readUInt16LE(at) + 256
      : size === 2
        ? bytes.readUInt32LE(at)
        : Number(bytes.readBigUInt64LE(at));
}

export function zstdInJavaScript(bytes: Buffer): Buffer {
  const tooLarge = (): never => {
    throw new Error(`more than ${MAX_BATCH_BYTES} bytes when decompressed`);
  };
  if (zstdWindow(bytes) > MAX_WINDOW_BYTES) tooLarge();
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = new ZstdStream((part) => {
    length += part.length;
    if (length > MAX_BATCH_BYTES) tooLarge();
    parts.push(part);
  });
  stream.push(bytes, true);
  return Buffer.concat(parts);
}

// Built in since Node.js 22.15, outside of the main thread.
const native = (
  zlib as unknown as {
    zstdDecompress?: (bytes: Buffer, given: object, done: (error: Error | null, result: Buffer) => void) => void;
  }
).zstdDecompress;
export const zstdOfNode = native && promisify<Buffer, object, Buffer>(native);

const zstd: Decompress = zstdOfNode ? (bytes) => zstdOfNode(bytes, options) : zstdInJavaScript;

/** By the codec number in a record batch. */
const CODECS: readonly (Decompress | undefined)[] = [
  (bytes) => bytes,
  (bytes) => gunzip(bytes, options),
  snappy,
  (bytes) => decodeLz4(bytes, MAX_BATCH_BYTES),
  zstd,
];

/** @throws the codec is unknown, the bytes do not fit it, or they exceed {@link MAX_BATCH_BYTES} */
export async function decompress(codec: number, bytes: Buffer): Promise<Buffer> {
  const decode = CODECS[codec];
  if (!decode) throw new Error(`compression codec ${codec} is unknown`);
  return decode(bytes);
}
