import { appendedNews, appendedText } from './appended-text.js';

const BATCH = { first: 41, items: [{ key: 'room/1', payload: '{"a":"[ \\"x\\" ]"}' }, { key: '[', payload: 'not JSON' }] };

test('a batch is read as it was written', () => {
  expect(appendedNews(appendedText(5, BATCH)!)).toEqual({ partition: 5, batch: BATCH });
});

test.each(['', 'x', '1 2', '1 2 3', '1 -2 []', 'NaN 0 []', '1 2 {}'])('what is no batch, such as %j, is refused', (text) => {
  expect(() => appendedNews(text)).toThrow('in a form that is not known');
});

test('a batch of many commands is not written', () => {
  const items = (count: number) => Array.from({ length: count }, () => ({ key: 'k', payload: 'p' }));
  expect(appendedText(0, { first: 0, items: items(20) })).not.toBeNull();
  expect(appendedText(0, { first: 0, items: items(21) })).toBeNull();
});
