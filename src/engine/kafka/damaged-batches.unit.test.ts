import { batchOf } from '../../../test/support/record-batches.js';
import { RETRIES } from '../runtime/retry.js';
import { createDamagedBatches } from './damaged-batches.js';
import type { LogMessage } from './record-batches.js';
import { createDecodeBudget, readBatches } from './record-batches.js';

const HIGH = 100;
const one = (first: number): Buffer => batchOf([{ value: `record ${first}` }], { first });
const damagedAt = (first: number): Buffer => batchOf([{ value: 'x' }, { value: 'y' }], { first, checksum: 1 });
const read = (...batches: readonly Buffer[]): Promise<LogMessage[]> =>
  readBatches(Buffer.concat(batches), HIGH, createDecodeBudget());
const offsets = (messages: readonly LogMessage[]): readonly number[] => messages.map(({ offset }) => Number(offset));
const { times, firstMs, maxMs } = RETRIES.kafkaDamaged;
/** The longest pauses. */
const pauses = Array.from({ length: times }, (_, failure) => Math.min(maxMs, firstMs * 2 ** failure));

test('a batch with a wrong checksum is fetched again for seconds, then is unreadable', async () => {
  const batches = createDamagedBatches(() => 1);
  const fetched = await read(one(4), damagedAt(5), one(7));
  for (const afterMs of pauses) {
    const { messages, again } = batches.sift(fetched, 4);
    expect(offsets(messages)).toEqual([4]);
    expect(again).toEqual({ offset: 5, afterMs });
  }
  expect(pauses.reduce((sum, ms) => sum + ms)).toBeGreaterThan(3_000);
  const { messages, again } = batches.sift(fetched, 5);
  expect(again).toBeNull();
  expect(offsets(messages)).toEqual([4, 6, 7]);
  expect(messages[1]!.undecodable).toMatchObject({ first: 5, last: 6, reason: 'its checksum is wrong' });
  // As in the comparison of the record before a place.
  expect(batches.sift(fetched, 5).again).toBeNull();
});

test('one that comes whole is read, and the next one that is damaged is tried as often', async () => {
  const batches = createDamagedBatches(() => 1);
  expect(batches.sift(await read(damagedAt(5)), 5).again).toMatchObject({ offset: 5 });
  const whole = await read(one(5), one(6), damagedAt(7), one(9));
  for (const afterMs of pauses) {
    const { messages, again } = batches.sift(whole, 5);
    expect([offsets(messages), again]).toEqual([[5, 6], { offset: 7, afterMs }]);
  }
  expect(batches.sift(whole, 5).again).toBeNull();
});

test('it is fetched from where it was fetched from, also where its batch begins below', async () => {
  expect(createDamagedBatches(() => 1).sift(await read(damagedAt(5)), 6).again).toMatchObject({ offset: 6 });
});

test('a batch that is unreadable for any other reason is handed on at once', async () => {
  const fetched = await read(batchOf([{}], { first: 5, attributes: 7 }), batchOf([{}], { first: 6, magic: 1 }), one(7));
  const { messages, again } = createDamagedBatches().sift(fetched, 5);
  expect([offsets(messages), again]).toEqual([[5, 6, 7], null]);
});
