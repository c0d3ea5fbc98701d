import { setImmediate as turn } from 'node:timers/promises';
import { createSharedRead } from './shared-read.js';

function setup() {
  const reads: { readonly answer: (value: number) => void; readonly fail: (error: Error) => void }[] = [];
  const read = createSharedRead(() => new Promise<number>((answer, fail) => reads.push({ answer, fail })));
  return { reads, read };
}

test('calls of one moment share a read', async () => {
  const { reads, read } = setup();
  const calls = Array.from({ length: 500 }, read);
  await turn();
  await turn();
  expect(reads).toHaveLength(1);
  reads[0]!.answer(7);
  expect(new Set(await Promise.all(calls))).toEqual(new Set([7]));
});

test('a call during a read gets the next one, which begins after it', async () => {
  const { reads, read } = setup();
  const first = read();
  await turn();
  await turn();
  const [second, third] = [read(), read()];
  await turn();
  expect(reads).toHaveLength(1);
  reads[0]!.answer(1);
  expect(await first).toBe(1);
  await turn();
  await turn();
  expect(reads).toHaveLength(2);
  reads[1]!.answer(2);
  expect(await Promise.all([second, third])).toEqual([2, 2]);
});

test('a failure is for those who shared it alone', async () => {
  const { reads, read } = setup();
  const failing = Promise.allSettled([read(), read()]);
  await turn();
  await turn();
  const later = read();
  reads[0]!.fail(new Error('away'));
  expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await turn();
  await turn();
  reads[1]!.answer(3);
  expect(await later).toBe(3);
});
