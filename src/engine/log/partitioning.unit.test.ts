import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { partitionOf } from './partitioning.js';

const kafkas = Partitioners.DefaultPartitioner();

function byKafka(key: string, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 1,
    replicas: [1],
    isr: [1],
  }));
  return kafkas({ topic: 't', partitionMetadata, message: { key, value: null } });
}

const hangul = fc.string({
  unit: fc.integer({ min: 0xac00, max: 0xd7a3 }).map((code) => String.fromCodePoint(code)),
  minLength: 1,
});
const emoji = fc.string({ unit: fc.constantFrom('🎁', '👩‍👩‍👧‍👦', '🇰🇷', '❤️', '☕'), minLength: 1 });
const keys = fc.oneof(
  fc.uuid(),
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.string({ minLength: 1 }),
  hangul,
  emoji,
);

describe('partitionOf', () => {
  test('agrees with the default partitioner of Kafka clients on any key', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 500 }), (key, partitions) => {
        expect(partitionOf(key, partitions)).toBe(byKafka(key, partitions));
      }),
      { numRuns: 2_000 },
    );
  });

  // Hashes from Apache Kafka's own UtilsTest.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('gives %j the hash of the Java client', (key, hash) => {
    expect(partitionOf(key, 2 ** 31)).toBe(hash & 0x7fffffff);
  });

  // Once a deployment has data, a key that moves would split a stream over two partitions.
  test.each([
    ['마당', 4],
    ['🎁', 5],
    ['', 3],
  ])('never moves %j', (key, partition) => {
    expect(partitionOf(key, 6)).toBe(partition);
  });
});
