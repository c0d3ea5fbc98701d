import { createRequire } from 'node:module';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { MAX_BATCH_BYTES, decompress } from './decompress.js';

const crc32c = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C/index.js') as (
  bytes: Buffer,
) => number;

/**
 * The contents of a partition: records, and messages in place of other contents.
 *
 * `undecodable`: an unreadable batch, once, at its last offset, so that work continues after it. `passed`: nothing up
 * to this offset is needed: the end of a transaction, or of a batch whose last records are gone.
 */
export type LogMessage = KafkaMessage & {
  readonly undecodable?: Undecodable;
  readonly passed?: true;
  /** Of its batch: rises with each new leader of the partition. */
  readonly leaderEpoch?: number;
};

export interface Undecodable {
  readonly first: number;
  readonly last: number;
  readonly reason: string;
  readonly bytes: Buffer;
  /** Its checksum is wrong: a new fetch may bring it whole. No producer can write such a batch. */
  readonly damaged?: true;
}

class ChecksumError extends Error {}

/** The remaining bytes to decode for a response of the broker. The rest is fetched again. */
export interface DecodeBudget {
  left: number;
}

/** For one response. Its first batch is always decoded, so that there is progress. */
export const createDecodeBudget = (): DecodeBudget => ({ left: MAX_BATCH_BYTES });

/** Maximum number of records in a batch. The smallest take 7 bytes there, and some hundred in memory. */
const MAX_RECORDS = 100_000;
const RECORD_OVERHEAD = 200;
/** Maximum number of headers read. */
const MAX_HEADERS = 64;
/** Kept bytes of an undecodable batch in its dead letter. */
const KEPT_BYTES = 48 * 1024;

const HEADER_BYTES = 61;
const CODEC = 0x07;
const LOG_APPEND_TIME = 0x08;
const CONTROL = 0x20;

/**
 * The record batches of one partition (https://kafka.apache.org/documentation/#recordbatch), of magic 2. Replaces
 * kafkajs's own reader, which knows no codec but gzip, accepts any size, ignores checksums, and fails the whole fetch
 * on an unreadable batch. A batch that is cut off at the end is left for the next fetch.
 * @param high the offset after the last record of the partition
 */
export async function readBatches(bytes: Buffer, high: number, budget: DecodeBudget): Promise<LogMessage[]> {
  const messages: LogMessage[] = [];
  for (let at = 0; at + 12 <= bytes.length && (budget.left > 0 || messages.length === 0);) {
    const size = bytes.readInt32BE(at + 8);
    // Without a length there is no next batch, and a new fetch gives the same.
    const cut = at + 12 + size > bytes.length;
    if (cut && size >= 0 && at > 0) break;
    const end = cut || size < 0 ? bytes.length : at + 12 + size;
    await readBatch(bytes.subarray(at, end), high, budget, messages);
    at = end;
  }
  return messages;
}

async function readBatch(batch: Buffer, high: number, budget: DecodeBudget, into: LogMessage[]): Promise<void> {
  const first = Number(batch.readBigInt64BE(0));
  const before = into.length;
  const fail = (reason: string, last: number, damage: { readonly damaged?: true } = {}): void => {
    into.length = before;
    const bytes = batch.subarray(0, KEPT_BYTES);
    into.push({ ...nothingAt(last), undecodable: { first, last, reason, bytes, ...damage } });
  };
  if (batch.length < HEADER_BYTES) return fail('it is shorter than a record batch', first);
  // The offsets of the header are used within the possible range: work continues after them.
  const last = Math.min(first + Math.max(0, batch.readInt32BE(23)), Math.max(first, high - 1));
  try {
    const magic = batch.readInt8(16);
    if (magic !== 2) throw new Error(`its format is ${magic}, and 2 is what can be read`);
    if (crc32c(batch.subarray(21)) !== batch.readUInt32BE(17)) throw new ChecksumError('its checksum is wrong');
    const attributes = batch.readInt16BE(21);
    if (!(attributes & CONTROL)) await readRecords(batch, attributes, first, into, budget);
    if (into.length === before || Number(into.at(-1)!.offset) < last) into.push({ ...nothingAt(last), passed: true });
  } catch (error) {
    // A failed batch may cost as much as a readable one: a response decodes at most four, and the rest is fetched
    // again.
    budget.left -= MAX_BATCH_BYTES / 4;
    const damage = error instanceof ChecksumError ? ({ damaged: true } as const) : {};
    fail(error instanceof Error ? error.message : String(error), last, damage);
  }
}

async function readRecords(
  batch: Buffer,
  attributes: number,
  first: number,
  into: LogMessage[],
  budget: DecodeBudget,
): Promise<void> {
  const count = batch.readInt32BE(57);
  if (count > MAX_RECORDS) throw new Error(`it has ${count} records, and ${MAX_RECORDS} are taken at a time`);
  const codec = attributes & CODEC;
  const bytes = await decompress(codec, batch.subarray(HEADER_BYTES));
  budget.left -= bytes.length + RECORD_OVERHEAD * Math.max(0, count);
  const leaderEpoch = batch.readInt32BE(12);
  const [firstTime, maxTime] = [batch.readBigInt64BE(27), batch.readBigInt64BE(35)];
  const cursor = createCursor(bytes);
  // The end is that of the header, which the broker writes, not the end in the response: that is from before the read,
  // and others append meanwhile.
  const last = first + batch.readInt32BE(23);
  let lowest = first;
  for (let n = 0; n < count; n++) {
    const end = cursor.varint() + cursor.at;
    if (end > bytes.length) throw new Error('a record ends after its batch');
    cursor.skip(1);
    const time = firstTime + cursor.varlong();
    const offset = first + cursor.varint();
    // Work continues after the record: an offset outside of its batch would skip other records, or go back.
    if (offset < lowest || offset > last)
      throw new Error(`a record has offset ${offset}, and ${lowest} to ${last} are possible`);
    lowest = offset + 1;
    const key = cursor.bytes(codec !== 0);
    const value = cursor.bytes(codec !== 0);
    const headers = readHeaders(cursor, codec !== 0);
    if (cursor.at > end) throw new Error('the fields of a record end after it');
    cursor.at = end;
    const timestamp = String(attributes & LOG_APPEND_TIME ? maxTime : time);
    into.push({ key, value, timestamp, attributes: 0, offset: String(offset), headers, leaderEpoch });
  }
}

function readHeaders(cursor: Cursor, copied: boolean): IHeaders {
  const headers = Object.create(null) as IHeaders;
  const count = Math.min(cursor.varint(), MAX_HEADERS);
  for (let n = 0; n < count; n++) {
    const name = cursor.bytes(false)?.toString() ?? '';
    headers[name] ??= cursor.bytes(copied) ?? undefined;
  }
  return headers;
}

interface Cursor {
  at: number;
  skip(bytes: number): void;
  varint(): number;
  varlong(): bigint;
  /** A length and that many bytes; null for a negative length. */
  bytes(copied: boolean): Buffer | null;
}

function createCursor(source: Buffer): Cursor {
  const varlong = (): bigint => {
    let zigzag = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = source.readUInt8(cursor.at++);
      zigzag |= BigInt(byte & 0x7f) << shift;
      if (byte < 128) return (zigzag >> 1n) ^ -(zigzag & 1n);
    }
    throw new Error('a number has no end');
  };
  const varint = (): number => {
    let zigzag = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = source.readUInt8(cursor.at++);
      zigzag |= (byte & 0x7f) << shift;
      if (byte < 128) return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    throw new Error('a number has no end');
  };
  const cursor: Cursor = {
    at: 0,
    skip: (bytes) => void (cursor.at += bytes),
    varint,
    varlong,
    bytes(copied) {
      const length = varint();
      if (length < 0) return null;
      const from = cursor.at;
      if (from + length > source.length) throw new Error('a field ends after its batch');
      cursor.at += length;
      const part = source.subarray(from, cursor.at);
      // A view would keep the whole decompressed batch in memory.
      return copied ? Buffer.from(part) : part;
    },
  };
  return cursor;
}

const nothingAt = (offset: number): KafkaMessage => ({
  key: null,
  value: null,
  timestamp: '0',
  attributes: 0,
  offset: String(offset),
  headers: {},
});
