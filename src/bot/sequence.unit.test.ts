import fc from 'fast-check';
import { FOREIGN, createRoomRecord, createSequence } from './sequence.js';

const faultsOf = (seqs: readonly number[], head: number) => {
  const sequence = createSequence();
  for (const seq of seqs) sequence.received(seq);
  return sequence.faults(head);
};

test.each([
  ['everything once and in order', [1, 2, 3, 4], { lost: 0, doubled: 0, reordered: 0 }],
  ['the first one lost', [2, 3, 4], { lost: 1, doubled: 0, reordered: 0 }],
  ['one lost in the middle', [1, 2, 4], { lost: 1, doubled: 0, reordered: 0 }],
  ['the last one lost', [1, 2, 3], { lost: 1, doubled: 0, reordered: 0 }],
  ['nothing at all', [], { lost: 4, doubled: 0, reordered: 0 }],
  ['one doubled', [1, 2, 2, 3, 4], { lost: 0, doubled: 1, reordered: 0 }],
  ['one again after others', [1, 2, 3, 1, 4], { lost: 0, doubled: 1, reordered: 0 }],
  ['two exchanged', [1, 3, 2, 4], { lost: 0, doubled: 0, reordered: 1 }],
  ['a late one that comes twice', [1, 3, 2, 2, 4], { lost: 0, doubled: 1, reordered: 1 }],
  ['a replay from too early', [1, 2, 1, 2, 3, 4], { lost: 0, doubled: 2, reordered: 0 }],
])('%s', (_, seqs, faults) => {
  expect(faultsOf(seqs, 4)).toEqual(faults);
});

test('lost and doubled are those of the counts, for any numbers in any order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 60 }), (seqs) => {
      const distinct = new Set(seqs);
      const faults = faultsOf(seqs, 20);
      expect(faults.lost).toBe(20 - distinct.size);
      expect(faults.doubled).toBe(seqs.length - distinct.size);
      const firsts = [...distinct];
      const late = firsts.filter((seq, index) => firsts.slice(0, index).some((earlier) => earlier > seq));
      expect(faults.reordered).toBe(late.length);
    }),
  );
});

test('only what is new counts as received', () => {
  const sequence = createSequence();
  expect([1, 3, 2, 3, 2].map((seq) => sequence.received(seq))).toEqual([true, true, true, false, false]);
  expect(sequence.last).toBe(3);
});

test('members of a room agree; answers name the same numbers', () => {
  const record = createRoomRecord();
  for (const [seq, message] of [
    [1, 7],
    [2, 3],
    [1, 7],
    [3, FOREIGN],
    [4, FOREIGN],
    [2, 3],
  ])
    record.add(seq!, message!);
  expect([record.head, record.contradictions]).toEqual([4, 0]);
});

test('a command with two effects, and a number with two messages, are contradictions', () => {
  const twice = createRoomRecord();
  twice.add(1, 7);
  for (let member = 0; member < 3; member++) twice.add(2, 7);
  expect(twice.contradictions).toBe(1);
  const exchanged = createRoomRecord();
  exchanged.add(1, 7);
  for (let member = 0; member < 3; member++) exchanged.add(1, 8);
  expect(exchanged.contradictions).toBe(1);
});

test('digests are equal for equal records alone, in any order of coming', () => {
  const digestOf = (...entries: readonly (readonly [number, number])[]): string => {
    const record = createRoomRecord();
    for (const [seq, message] of entries) record.add(seq, message);
    return record.digest();
  };
  expect(digestOf([1, 7], [2, 8])).toBe(digestOf([2, 8], [1, 7]));
  expect(digestOf([1, 7], [2, 8])).not.toBe(digestOf([1, 8], [2, 7]));
  expect(digestOf([1, 7], [2, 8])).not.toBe(digestOf([1, 7]));
  expect(digestOf([1, 7], [2, 8])).not.toBe(digestOf([1, 7], [2, FOREIGN]));
});
