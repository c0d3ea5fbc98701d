import type { Partition } from '../domain/ids.js';

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** MurmurHash2, 32 bits, as the Java client of Apache Kafka computes it over the bytes of a key. */
function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  let h = SEED ^ length;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    k = Math.imul(k, M);
    k ^= k >>> R;
    k = Math.imul(k, M);
    h = Math.imul(h, M) ^ k;
  }
  const rest = length - i;
  if (rest > 2) h ^= bytes[i + 2]! << 16;
  if (rest > 1) h ^= bytes[i + 1]! << 8;
  if (rest > 0) h = Math.imul(h ^ bytes[i]!, M);
  h ^= h >>> 13;
  h = Math.imul(h, M);
  return h ^ (h >>> 15);
}

/** The partition of a key: the one that the default partitioner of any Kafka client chooses. */
export const partitionOf = (key: string, partitions: number): Partition =>
  (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitions;
