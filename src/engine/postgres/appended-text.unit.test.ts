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

test('one that does not say since when the log has them tells how far the log goes', () => {
  expect(parseAppended('5 41 [["k","p"],["l","q"]]')).toEqual({ partition: 5, batch: null, end: 43 });
});

test.each(['', 'x', '1 2', '1 2 3', '1 -2 []', 'NaN 0 []', '1 2 {}'])(
  'what is no batch, such as %j, is refused',
  (text) => {
    expect(() => parseAppended(text)).toThrow('in a form that is not known');
  },
);

test('a batch of many commands is not written', () => {
  const items = (count: number) => Array.from({ length: count }, () => ({ key: 'k', payload: 'p' }));
  expect(appendedText(0, { first: 0, at: 0, items: items(20) })).not.toBeNull();
  expect(appendedText(0, { first: 0, at: 0, items: items(21) })).toBeNull();
});
