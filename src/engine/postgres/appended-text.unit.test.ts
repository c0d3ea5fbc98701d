import { parseAppended, appendedText } from './appended-text.js';

const BATCH = {
  first: 41,
  at: 1_700_000_000_123,
  items: [
    { key: 'room/1', payload: '{"a":"[ \\"x\\" ]"}' },
    { key: '[', payload: 'not JSON' },
  ],
};

test('a batch is read as it was written', () => {
  expect(parseAppended(appendedText(5, BATCH)!)).toEqual({ partition: 5, batch: BATCH, end: 43 });
});

test('a batch without times gives the end of the log', () => {
  expect(parseAppended('5 41 [["k","p"],["l","q"]]')).toEqual({ partition: 5, batch: null, end: 43 });
});

test.each(['', 'x', '1 2', '1 2 3', '1 -2 []', 'NaN 0 []', '1 2 {}'])('%j is no batch and is refused', (text) => {
  expect(() => parseAppended(text)).toThrow('unknown format');
});

test('a batch of many commands is not written', () => {
  const items = (count: number) => Array.from({ length: count }, () => ({ key: 'k', payload: 'p' }));
  expect(appendedText(0, { first: 0, at: 0, items: items(20) })).not.toBeNull();
  expect(appendedText(0, { first: 0, at: 0, items: items(21) })).toBeNull();
});
