import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Decompress as ZstdStream } from 'fzstd';
import snappyjs from 'snappyjs';
import { decodeLz4 } from './lz4.js';

/**
 * What a record batch may hold when it is decompressed: a few bytes can say gigabytes. As much as one may have that is
 * not compressed, where the topic is as this program makes it; decoders in JavaScript keep everything else waiting
 * meanwhile.
 */
export const MAX_BATCH_BYTES = 4 * 2 ** 20;
/** How far back zstd may refer: the dearest levels do so also in a small batch. */
const MAX_WINDOW_BYTES = 16 * 2 ** 20;

type Decompress = (bytes: Buffer) => Promise<Buffer> | Buffer;

const options = { maxOutputLength: MAX_BATCH_BYTES };
const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip);

const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_BYTES = 16;

/** Raw, or in the blocks in which the Java client puts it: a header, then each with its length before it. */
function snappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, XERIAL.length).equals(XERIAL)) return snappyjs.uncompress(bytes, MAX_BATCH_BYTES);
  const blocks: Buffer[] = [];
  let left = MAX_BATCH_BYTES;
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length;) {
    const size = bytes.readInt32BE(at);
    at += 4;
    if (size <= 0 || at + size > bytes.length) throw new Error('a snappy block ends behind its record batch');
    const block = snappyjs.uncompress(bytes.subarray(at, at + size), left);
    at += size;
    left -= block.length;
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

/**
 * How far back a frame of zstd may refer, which is what the decoder keeps of it: its header says so (RFC 8878,
 * 3.1.1.1).
 */
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

// Node.js has it since 22.15, outside of the thread that everything waits for.
const native = (
  zlib as unknown as {
    zstdDecompress?: (bytes: Buffer, given: object, done: (error: Error | null, result: Buffer) => void) => void;
  }
).zstdDecompress;
export const zstdOfNode = native && promisify<Buffer, object, Buffer>(native);

const zstd: Decompress = zstdOfNode ? (bytes) => zstdOfNode(bytes, options) : zstdInJavaScript;

/** By the number that stands in a record batch. */
const CODECS: readonly (Decompress | undefined)[] = [
  (bytes) => bytes,
  (bytes) => gunzip(bytes, options),
  snappy,
  (bytes) => decodeLz4(bytes, MAX_BATCH_BYTES),
  zstd,
];

/**
 * @throws where the codec is unknown, the bytes are not what it says, or they become more than {@link MAX_BATCH_BYTES}
 */
export async function decompress(codec: number, bytes: Buffer): Promise<Buffer> {
  const decode = CODECS[codec];
  if (!decode) throw new Error(`compression codec ${codec} is unknown`);
  return decode(bytes);
}
