import { parse, validate } from 'graphql';
import { buildApiSchema } from './build-schema.js';
import { dependsOnViewer } from './viewer-dependence.js';

const schema = buildApiSchema();

const depends = (source: string, operationName?: string): boolean => {
  const document = parse(source);
  expect(validate(schema, document)).toEqual([]);
  return dependsOnViewer(schema, document, operationName);
};
const events = (selection: string, rest = ''): string =>
  `subscription S { roomEvents(roomId: "r") { ${selection} } } ${rest}`;

test('fields that all members see alike do not depend on the viewer', () => {
  expect(
    depends(
      events('__typename position ... on MessagePosted { message { body author { name } reactions { emoji count } } }'),
    ),
  ).toBe(false);
  expect(depends(events('... on MemberJoined { user { handle } }'))).toBe(false);
});

test.each([
  ['directly', events('... on MessagePosted { message { reactions { mine } } }')],
  ['under an alias', events('... on MessagePosted { message { reactions { count: mine } } }')],
  ['through a fragment', events('...P', 'fragment P on MessagePosted { message { reactions { mine } } }')],
  [
    'through a fragment of a fragment',
    events(
      '...P',
      'fragment P on MessagePosted { message { ...M } } fragment M on Message { reactions { ...R } ' +
        '} fragment R on ReactionCount { mine }',
    ),
  ],
  ['where it is skipped', events('... on MessagePosted { message { reactions { emoji mine @skip(if: true) } } }')],
])('`mine` depends on the viewer %s', (_how, source) => {
  expect(depends(source)).toBe(true);
});

test('a field of another name called `mine` does not', () => {
  expect(depends(events('... on MessagePosted { message { reactions { mine: count } } }'))).toBe(false);
});

test('only the operation that is executed counts', () => {
  const source = `query Q { me { id } } ${events('position')}`;
  expect([depends(source, 'Q'), depends(source, 'S')]).toEqual([true, false]);
});

test('a fragment that no one spreads does not count', () => {
  const document = parse(`${events('position')} fragment R on ReactionCount { mine }`);
  expect(dependsOnViewer(schema, document, 'S')).toBe(false);
});

test.each(['members { totalCount }', 'myReadSeq', 'unreadCount', 'lastMessage { id }', 'messages { nodes { id } }'])(
  'Room { %s } depends on the viewer',
  (field) => {
    expect(depends(`mutation { createRoom(input: {title: "t"}) { room { ${field} } } }`)).toBe(true);
  },
);
