import { GraphQLBoolean, GraphQLInt, GraphQLList, GraphQLObjectType, GraphQLSchema, parse, validate } from 'graphql';
import { buildApiSchema } from './build-schema.js';
import { dependsOnViewer } from './viewer-dependence.js';
import { EMPTY_IF_NEW, SHOWS_NEW, VIEWER_DEPENDENT } from './viewer.js';

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

/** A schema with objects that are shown while they are new, and otherwise. */
const tally = new GraphQLObjectType({
  name: 'Tally',
  fields: { count: { type: GraphQLInt }, mine: { type: GraphQLBoolean, extensions: VIEWER_DEPENDENT } },
});
const post: GraphQLObjectType = new GraphQLObjectType({
  name: 'Post',
  fields: () => ({
    tallies: { type: new GraphQLList(tally), extensions: EMPTY_IF_NEW },
    saved: { type: GraphQLBoolean, extensions: VIEWER_DEPENDENT },
    answers: { type: post },
  }),
});
const posts = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: { shown: { type: post }, created: { type: post, extensions: SHOWS_NEW } },
  }),
});
const ofPosts = (source: string): boolean => {
  const document = parse(source);
  expect(validate(posts, document)).toEqual([]);
  return dependsOnViewer(posts, document, null);
};

test.each([
  ['directly', '{ shown { tallies { mine } } }'],
  ['under an alias', '{ shown { tallies { count: mine } } }'],
  ['through a fragment', '{ ...Q } fragment Q on Query { shown { tallies { mine } } }'],
  [
    'through a fragment of a fragment',
    '{ shown { ...P } } fragment P on Post { tallies { ...T } } fragment T on Tally { mine }',
  ],
  ['where it is skipped', '{ shown { tallies { count mine @skip(if: true) } } }'],
  ['in a new object', '{ created { saved } }'],
  ['behind a new object', '{ created { answers { tallies { mine } } } }'],
  [
    'in a fragment that a new object and another one share',
    '{ created { ...P } shown { ...P } } fragment P on Post { tallies { mine } }',
  ],
  [
    'in a fragment that another object and a new one share',
    '{ shown { ...P } created { ...P } } fragment P on Post { tallies { mine } }',
  ],
  [
    'behind a new object, in the fragment of both',
    '{ created { ...P } } fragment P on Post { tallies { mine } answers { ...Q } } ' +
      'fragment Q on Post { tallies { mine } }',
  ],
])('a field that is marked depends on the viewer %s', (_how, source) => {
  expect(ofPosts(source)).toBe(true);
});

test.each([
  ['directly', '{ created { tallies { mine } } }'],
  ['in inline fragments', '{ created { ... on Post { ... { tallies { mine } } } } }'],
  ['through fragments', '{ created { ...P } } fragment P on Post { ...O } fragment O on Post { tallies { mine } }'],
])('a list that is empty in a new object does not, %s', (_how, source) => {
  expect(ofPosts(source)).toBe(false);
});

test('`mine` of a message that is posted depends on nobody: it has no reactions yet', () => {
  expect(depends(events('... on MessagePosted { message { reactions { emoji count mine } } }'))).toBe(false);
  expect(
    depends(
      events('...P', 'fragment P on MessagePosted { message { ...M } } fragment M on Message { reactions { mine } }'),
    ),
  ).toBe(false);
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
