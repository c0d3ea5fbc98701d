import { appendedNews, appendedText } from './appended-text.js';

const BATCH = { first: 41, items: [{ key: 'room/1', payload: '{"a":"[ \\"x\\" ]"}' }, { key: '[', payload: 'not JSON' }] };

test('a batch is read as it was written', () => {
  const news = appendedNews('madang.commands', appendedText('madang.commands', 5, BATCH)!)!;
  expect([news.partition, news.end, news.batch()]).toEqual([5, 43, BATCH]);
});

test('what is of another queue is left alone', () => {
  const text = appendedText('madang.commands', 5, BATCH)!;
  expect([appendedNews('madang.command', text), appendedNews('madang.commands2', text), appendedNews('other', text)]).toEqual([null, null, null]);
});

test.each(['', 'x', '1 2', '1 2 3', '1 -2 3 []', 'NaN 0 1 []', '1 2 3 {}'])('what is no batch, such as %j, is refused', (rest) => {
  expect(() => appendedNews('q', `q ${rest}`)).toThrow('in a form that is not known');
});

test('a batch of many commands is not written', () => {
  const items = (count: number) => Array.from({ length: count }, () => ({ key: 'k', payload: 'p' }));
  expect(appendedText('q', 0, { first: 0, items: items(20) })).not.toBeNull();
  expect(appendedText('q', 0, { first: 0, items: items(21) })).toBeNull();
});
