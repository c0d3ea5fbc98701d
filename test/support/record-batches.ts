import { createRequire } from 'node:module';

const crc32c = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C/index.js') as (
  bytes: Buffer,
) => number;

export interface BatchRecord {
  readonly key?: string | null;
  readonly value?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Its place in the batch, where it is not the next one. */
  readonly delta?: number;
}

export interface BatchOptions {
  readonly first?: number;
  readonly attributes?: number;
  readonly compress?: (records: Buffer) => Buffer;
  /** A wrong record count for the header. */
  readonly count?: number;
  readonly last?: number;
  readonly magic?: number;
  readonly checksum?: number;
}

function varint(value: number): Buffer {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  const bytes: number[] = [];
  for (; zigzag > 127; zigzag >>>= 7) bytes.push((zigzag & 127) | 128);
  bytes.push(zigzag);
  return Buffer.from(bytes);
}

const field = (text: string | null | undefined): Buffer => {
  if (text === null || text === undefined) return varint(-1);
  const bytes = Buffer.from(text);
  return Buffer.concat([varint(bytes.length), bytes]);
};

function recordBytes({ key, value, headers = {}, delta }: BatchRecord, n: number): Buffer {
  const named = Object.entries(headers);
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(0),
    varint(delta ?? n),
    field(key),
    field(value),
    varint(named.length),
    ...named.flatMap(([name, text]) => [field(name), field(text)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

/** A record batch in a broker's format, or a damaged one. */
export function batchOf(records: readonly BatchRecord[], options: BatchOptions = {}): Buffer {
  const {
    first = 0,
    attributes = 0,
    compress = (bytes: Buffer) => bytes,
    count = records.length,
    last = count - 1,
    magic = 2,
  } = options;
  const body = compress(Buffer.concat(records.map(recordBytes)));
  const covered = Buffer.alloc(40);
  covered.writeInt16BE(attributes, 0);
  covered.writeInt32BE(last, 2);
  covered.writeBigInt64BE(1_000n, 6);
  covered.writeBigInt64BE(2_000n, 14);
  covered.writeBigInt64BE(-1n, 22);
  covered.writeInt16BE(-1, 30);
  covered.writeInt32BE(-1, 32);
  covered.writeInt32BE(count, 36);
  const checked = Buffer.concat([covered, body]);
  const header = Buffer.alloc(21);
  header.writeBigInt64BE(BigInt(first), 0);
  header.writeInt32BE(9 + checked.length, 8);
  header.writeInt32BE(0, 12);
  header.writeInt8(magic, 16);
  header.writeUInt32BE(options.checksum ?? crc32c(checked), 17);
  return Buffer.concat([header, checked]);
}

/** A zstd frame of raw content, or of one repeated byte: the smallest possible frame. */
export function zstdFrame(content: Buffer | { readonly times: number }): Buffer {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
  const blocks: Buffer[] = [];
  const block = (type: number, size: number, last: boolean, bytes: Buffer): void => {
    const word = (size << 3) | (type << 1) | Number(last);
    blocks.push(Buffer.from([word & 255, (word >> 8) & 255, word >> 16]), bytes);
  };
  const length = Buffer.isBuffer(content) ? content.length : content.times;
  for (let at = 0; at < length || at === 0; at += 100_000) {
    const size = Math.min(100_000, length - at);
    if (Buffer.isBuffer(content)) block(0, size, at + size >= length, content.subarray(at, at + size));
    else block(1, size, at + size >= length, Buffer.from([0]));
  }
  return Buffer.concat([header, ...blocks]);
}

/** An LZ4 frame of literals only. */
export function lz4Frame(content: Buffer): Buffer {
  const lengths = (rest: number): Buffer =>
    Buffer.concat([Buffer.alloc(Math.floor(rest / 255), 255), Buffer.from([rest % 255])]);
  const block =
    content.length < 15 ? [Buffer.from([content.length << 4])] : [Buffer.from([0xf0]), lengths(content.length - 15)];
  return lz4Blocks([Buffer.concat([...block, content])]);
}

export function lz4Blocks(blocks: readonly Buffer[]): Buffer {
  const sized = blocks.flatMap((bytes) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes.length);
    return [size, bytes];
  });
  return Buffer.concat([Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]), ...sized, Buffer.alloc(4)]);
}
