import { gzipSync } from 'node:zlib';
import snappyjs from 'snappyjs';
import { batchOf, lz4Blocks, lz4Frame, zstdFrame } from '../../../test/support/record-batches.js';
import { MAX_BATCH_BYTES, zstdInJavaScript, zstdOfNode } from './decompress.js';
import { decodeLz4 } from './lz4.js';
import { createDecodeBudget, readBatches } from './record-batches.js';

const snappy = (bytes: Buffer): Buffer => snappyjs.compress(bytes);

/** As in the Java client. */
function xerial(bytes: Buffer): Buffer {
  const sized = (part: Buffer): Buffer[] => {
    const size = Buffer.alloc(4);
    size.writeInt32BE(part.length);
    return [size, part];
  };
  const half = bytes.length >> 1;
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  return Buffer.concat([header, ...sized(snappy(bytes.subarray(0, half))), ...sized(snappy(bytes.subarray(half)))]);
}

const CODECS: readonly (readonly [name: string, attributes: number, compress: (bytes: Buffer) => Buffer])[] = [
  ['none', 0, (bytes) => bytes],
  ['gzip', 1, (bytes) => gzipSync(bytes)],
  ['snappy, raw', 2, snappy],
  ['snappy, in blocks', 2, xerial],
  ['lz4', 3, lz4Frame],
  ['zstd', 4, zstdFrame],
];

const HIGH = 1_000;
const read = (...batches: readonly Buffer[]) => readBatches(Buffer.concat(batches), HIGH, createDecodeBudget());
const records = [
  { key: 'room', value: '안녕하세요 '.repeat(20), headers: { type: 'SendMessage', __proto: 'x' } },
  { key: null, value: null },
  { key: '', value: 'a' },
];

test.each(CODECS)('records of a batch are read: %s', async (_name, attributes, compress) => {
  const messages = await read(
    batchOf(records, { first: 7, attributes, compress }),
    batchOf([{ value: 'next' }], { first: 10 }),
  );
  expect(messages.map(({ offset, key, value }) => [offset, key?.toString(), value?.toString()])).toEqual([
    ['7', 'room', records[0]!.value],
    ['8', undefined, undefined],
    ['9', '', 'a'],
    ['10', undefined, 'next'],
  ]);
  expect(messages[0]!.headers?.type?.toString()).toBe('SendMessage');
  expect(messages[0]!.timestamp).toBe('1000');
});

test('the time of a record is the log’s where the log gives it', async () => {
  const messages = await read(batchOf([{ value: 'a' }], { attributes: 8 }));
  expect(messages[0]!.timestamp).toBe('2000');
});

test.each([
  ['a codec that nobody knows', batchOf(records, { first: 4, attributes: 7 }), /codec 7 is unknown/],
  ['another format', batchOf(records, { first: 4, magic: 1 }), /its format is 1/],
  ['a wrong checksum', batchOf(records, { first: 4, checksum: 1 }), /checksum/],
  ['garbage for gzip', batchOf(records, { first: 4, attributes: 1 }), /header check/],
  ['garbage for snappy', batchOf(records, { first: 4, attributes: 2 }), /./],
  ['garbage for lz4', batchOf(records, { first: 4, attributes: 3 }), /LZ4/],
  ['garbage for zstd', batchOf(records, { first: 4, attributes: 4 }), /./],
  [
    'a bomb of gzip',
    batchOf(records, { first: 4, attributes: 1, compress: () => gzipSync(Buffer.alloc(MAX_BATCH_BYTES + 1)) }),
    /larger than/,
  ],
  [
    'a bomb of zstd',
    batchOf(records, { first: 4, attributes: 4, compress: () => zstdFrame({ times: MAX_BATCH_BYTES + 100_000 }) }),
    /more than|larger than/,
  ],
  ['fewer records than it says', batchOf(records.slice(0, 1), { first: 4, count: 3 }), /./],
  [
    'a record behind its last offset',
    batchOf([{}, {}, { delta: 2_000 }], { first: 4 }),
    /offset 2004, and 6 to 6 are possible/,
  ],
  ['a record before its first offset', batchOf([{ delta: -1 }, {}, {}], { first: 4 }), /offset 3, and 4 to 6/],
  ['two records at one offset', batchOf([{}, {}, { delta: 1 }], { first: 4 }), /offset 5, and 6 to 6/],
  ['records that go back', batchOf([{ delta: 2 }, { delta: 1 }, {}], { first: 4 }), /offset 5, and 7 to 6/],
  ['more records than are taken', batchOf([], { first: 4, count: 100_001, last: 2 }), /100001 records/],
])('a batch with %s is reported once, at its last offset, and the next is read', async (_name, batch, reason) => {
  const messages = await read(batch, batchOf([{ value: 'next' }], { first: 7 }));
  expect(messages).toHaveLength(2);
  expect(messages[0]).toMatchObject({
    offset: '6',
    undecodable: { first: 4, last: 6, reason: expect.stringMatching(reason) as string },
  });
  expect(messages[1]!.value?.toString()).toBe('next');
});

test('offsets of a header beyond the end count up to the end only', async () => {
  const [message] = await read(batchOf(records, { first: 4, last: 2_000_000_000, checksum: 1 }));
  expect(message).toMatchObject({ offset: String(HIGH - 1), undecodable: { last: HIGH - 1 } });
});

test("a batch that was appended after the broker found the partition's end is read", async () => {
  expect(
    (await read(batchOf([{}, {}], { first: HIGH - 1 }), batchOf([{}], { first: HIGH + 1 }))).map(
      ({ offset, undecodable }) => [offset, undecodable],
    ),
  ).toEqual([HIGH - 1, HIGH, HIGH + 1].map((offset) => [String(offset), undefined]));
});

test('offsets that compaction has left out are no fault', async () => {
  expect(
    (await read(batchOf([{ delta: 1 }, { delta: 5 }], { first: 4, last: 7 }))).map(({ offset }) => offset),
  ).toEqual(['5', '9', '11']);
});

test('the end of a transaction, and offsets whose records are gone, are passed', async () => {
  const control = await read(batchOf([{ key: 'x' }], { first: 3, attributes: 0x30 }));
  expect(control).toMatchObject([{ offset: '3', passed: true }]);
  const gone = await read(batchOf([{ value: 'a' }], { first: 3, last: 2 }));
  expect(gone).toMatchObject([{ offset: '3' }, { offset: '5', passed: true }]);
});

test('a batch that is cut off is left for the next fetch, those before it are read', async () => {
  const whole = batchOf([{ value: 'a' }]);
  expect(await read(whole, batchOf([{ value: 'b' }], { first: 1 }).subarray(0, -1))).toHaveLength(1);
  expect(await read(whole, batchOf([{ value: 'b' }], { first: 1 }).subarray(0, 30))).toHaveLength(1);
});

test('an answer is decoded up to a bound, and at least its first batch', async () => {
  const large = (first: number) =>
    batchOf([{ value: 'x'.repeat(3 * 2 ** 20) }], { first, attributes: 1, compress: (bytes) => gzipSync(bytes) });
  expect((await read(large(0), large(1), large(2))).map(({ offset }) => offset)).toEqual(['0', '1']);
});

test('of batches that cannot be read an answer has four at most', async () => {
  const bomb = (first: number) =>
    batchOf([{}], { first, attributes: 1, compress: () => gzipSync(Buffer.alloc(MAX_BATCH_BYTES + 1)) });
  expect((await read(...Array.from({ length: 6 }, (_, index) => bomb(index)))).map(({ offset }) => offset)).toEqual([
    '0',
    '1',
    '2',
    '3',
  ]);
});

test('a record with a million headers is read in no time', async () => {
  const body = Buffer.alloc(2_000_000);
  const batch = batchOf([{ value: 'x' }], {
    compress: (bytes) => {
      const rest = Buffer.concat([bytes.subarray(1, -1), Buffer.from([0x80, 0x89, 0x7a]), body]);
      const length = rest.length * 2;
      return Buffer.concat([
        Buffer.from([(length & 127) | 128, ((length >> 7) & 127) | 128, ((length >> 14) & 127) | 128, length >> 21]),
        rest,
      ]);
    },
  });
  const [message] = await read(batch);
  expect(message!.value?.toString()).toBe('x');
});

test('a repetition in lz4 is bounded, and begins within the output', () => {
  const token = (match: Buffer): Buffer => lz4Blocks([Buffer.concat([Buffer.from([0x1f, 0x61]), match])]);
  expect(decodeLz4(token(Buffer.from([1, 0, 5, 0x10, 0x62])), 100).toString()).toBe(`${'a'.repeat(25)}b`);
  expect(() => decodeLz4(token(Buffer.from([2, 0, 5, 0x10, 0x62])), 100)).toThrow(/begins before/);
  expect(() =>
    decodeLz4(token(Buffer.concat([Buffer.from([1, 0]), Buffer.alloc(400_000, 255), Buffer.from([0])])), 1_000_000),
  ).toThrow(/more than 1000000/);
});

test("zstd is decoded in JavaScript without Node.js's own, within the same bound", async () => {
  const content = Buffer.from('안녕'.repeat(100_000));
  const decoders = zstdOfNode ? [zstdInJavaScript, (bytes: Buffer) => zstdOfNode!(bytes, {})] : [zstdInJavaScript];
  for (const decode of decoders) expect((await decode(zstdFrame(content))).equals(content)).toBe(true);
});
