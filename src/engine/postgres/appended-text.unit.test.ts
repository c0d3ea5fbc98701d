import { parseAppended, appendedText } from './appended-text.js';
import { createTextSignature } from './text-signature.js';

const OURS = createTextSignature(Buffer.alloc(32));
const THEIRS = createTextSignature(Buffer.alloc(32, 1));
const parse = (text: string) => parseAppended(OURS, 'q', text);

const BATCH = {
  first: 41,
  at: 1_700_000_000_123,
  items: [
    { key: 'room/1', payload: '{"a":"[ \\"x\\" ]"}' },
    { key: '[', payload: 'not JSON' },
  ],
};

test('a batch is read as it was written', () => {
  expect(parse(appendedText(OURS, 'q', 5, BATCH)!)).toEqual({ partition: 5, batch: BATCH, end: 43 });
});

test.each([
  ['another key', appendedText(THEIRS, 'q', 5, BATCH)!],
  ['another channel', appendedText(OURS, 'p', 5, BATCH)!],
  ['another offset', appendedText(OURS, 'q', 5, BATCH)!.replace('41', '40')],
  ['another command', appendedText(OURS, 'q', 5, BATCH)!.replace('not JSON', 'no JSON')],
  ['no signature', `5 41 ${JSON.stringify(BATCH.items.map(({ key, payload }) => [key, payload, BATCH.at]))}`],
])('a batch with %s is not believed', (_, text) => {
  expect(parse(text).batch).toBeNull();
});

test('a batch without times gives the end of the log', () => {
  expect(parse('5 41 [["k","p"],["l","q"]]')).toEqual({ partition: 5, batch: null, end: 43 });
});

test.each(['', 'x', '1 2', '1 2 3', '1 -2 []', 'NaN 0 []', '1 2 {}'])('%j is no batch and is refused', (text) => {
  expect(() => parse(text)).toThrow('unknown format');
});

test('a batch of many commands is not written', () => {
  const items = (count: number) => Array.from({ length: count }, () => ({ key: 'k', payload: 'p' }));
  expect(appendedText(OURS, 'q', 0, { first: 0, at: 0, items: items(20) })).not.toBeNull();
  expect(appendedText(OURS, 'q', 0, { first: 0, at: 0, items: items(21) })).toBeNull();
});
