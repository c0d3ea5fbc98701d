import { parse, validate } from 'graphql';
import { buildApiSchema } from '../build-schema.js';
import { fetchPlan } from './shared-plan.js';

const schema = buildApiSchema();
const ROOM = '6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01';

const planOf = (source: string, operationName?: string) => {
  const document = parse(source);
  expect(validate(schema, document)).toEqual([]);
  return fetchPlan(schema, document, operationName);
};
const roomOf = (source: string, variables?: Readonly<Record<string, unknown>> | null, operationName?: string) =>
  planOf(source, operationName).shared?.roomId(variables) ?? null;
const of = (selection: string): string => `{ room(id: "${ROOM}") { ${selection} } }`;

describe('shared is the newest page of one room', () => {
  test.each([
    ['as short as possible', of('messages { nodes { body } }')],
    [
      'with every field that members see alike',
      of(
        'id title createdAt memberCount heat { state paceMs } lastMessage { body } members ' +
          '{ totalCount edges { node { handle } } } messages(last: 20) { edges { cursor node ' +
          '{ seq author { name } reactions { emoji count } } } pageInfo { hasPreviousPage } }',
      ),
    ],
    ['under aliases', `{ mine: room(id: "${ROOM}") { m: messages { nodes { mine: seq } } } }`],
    [
      'through fragments',
      `{ room(id: "${ROOM}") { ...R ... on Room { __typename } } } fragment R on Room { messages ` +
        '{ ...M } } fragment M on MessageConnection { nodes { body } }',
    ],
    [
      'with `null` for what leads away',
      of('messages(first: null, after: null, before: null, last: 5) { nodes { body } }'),
    ],
  ])('%s', (_how, source) => {
    expect(roomOf(source)).toBe(ROOM);
  });
});

describe("shared, apart from each member's own values, is", () => {
  test.each([
    ['the unread count', of('unreadCount messages { nodes { body } }')],
    ['the read mark', of('myReadSeq messages { nodes { body } }')],
    ['a skipped field', of('messages { nodes { body } } unreadCount @skip(if: true)')],
    ["a reaction of the viewer's", of('messages { nodes { reactions { emoji mine } } }')],
    ['the same in another field', of('lastMessage { reactions { mine } } messages { nodes { body } }')],
    [
      'the same through a fragment of a fragment',
      `{ room(id: "${ROOM}") { ...R } } fragment R on Room { messages { nodes { ...M } } ` +
        '} fragment M on Message { reactions { mine } }',
    ],
  ])('%s', (_what, source) => {
    expect(roomOf(source)).toBe(ROOM);
  });
});

describe('not shared is', () => {
  test.each([
    ['a query without a throttled field', of('title lastMessage { body }')],
    ['another root field beside it', `{ room(id: "${ROOM}") { messages { nodes { body } } } me { id } }`],
    ['two rooms', `{ a: room(id: "${ROOM}") { messages { nodes { body } } } b: room(id: "${ROOM}") { title } }`],
    [
      'a room in a fragment of the query',
      `{ ...Q } fragment Q on Query { room(id: "${ROOM}") { messages { nodes { body } } } }`,
    ],
    ['a list of rooms', '{ rooms { nodes { messages { nodes { body } } } } }'],
    ['a mutation', `mutation { joinRoom(input: { roomId: "${ROOM}" }) { room { messages { nodes { body } } } } }`],
    ['a subscription', `subscription { roomEvents(roomId: "${ROOM}") { position } }`],
    ['the first page', of('messages(first: 10) { nodes { body } }')],
    ['a page behind a cursor', of('messages(after: "c") { nodes { body } }')],
    [
      'a page before one, beside the newest',
      of('old: messages(last: 5, before: "c") { nodes { body } } messages { nodes { body } }'),
    ],
    ['a query that demands a position', `{ room(id: "${ROOM}", atLeast: "p") { messages { nodes { body } } } }`],
    ["what is no room's id", '{ room(id: "nowhere") { messages { nodes { body } } } }'],
  ])('%s', (_what, source) => {
    expect(roomOf(source)).toBeNull();
  });

  test('an operation that the document does not have, or without a name', () => {
    const source = `query A { room(id: "${ROOM}") { messages { nodes { body } } } } query B { me { id } }`;
    const nothing = { fetches: false, shared: null, page: null };
    expect([planOf(source), planOf(source, 'C'), planOf(source, ''), planOf(source, 'B')]).toEqual([
      nothing,
      nothing,
      nothing,
      nothing,
    ]);
    expect([roomOf(source, null, 'A'), roomOf(source, null, 'B')]).toEqual([ROOM, null]);
  });
});

describe('variables', () => {
  const source =
    'query ($id: ID!, $at: Position, $before: String, $last: Int = 20) { room(id: $id, atLeast: ' +
    '$at) { messages(last: $last, before: $before) { nodes { body } } } }';
  const defaults =
    `query ($id: ID! = "${ROOM}", $before: String = "c", $at: Position = "p") { room(id: $id, ` +
    'atLeast: $at) { messages(before: $before) { nodes { body } } } }';

  test('name the room', () => {
    expect(roomOf(source, { id: ROOM })).toBe(ROOM);
    expect(roomOf(source, { id: ROOM.toUpperCase(), last: 5, before: null, at: null, other: 1 })).toBe(ROOM);
  });

  test.each([[undefined], [null], [{}], [{ id: null }], [{ id: 7 }], [{ id: [ROOM] }], [{ id: 'nowhere' }]])(
    '%j name none',
    (variables) => {
      expect(roomOf(source, variables)).toBeNull();
    },
  );

  test('may lead away, or demand a position', () => {
    expect([
      roomOf(source, { id: ROOM, before: 'c' }),
      roomOf(source, { id: ROOM, before: '' }),
      roomOf(source, { id: ROOM, at: 'p' }),
    ]).toEqual([null, null, null]);
  });

  test('have defaults, which `null` replaces', () => {
    expect(roomOf(defaults, { before: null, at: null })).toBe(ROOM);
    expect([roomOf(defaults, {}), roomOf(defaults, { before: null }), roomOf(defaults, { at: null })]).toEqual([
      null,
      null,
      null,
    ]);
  });
});

test.each([
  ['the newest page', of('messages { nodes { body } }'), true],
  ['another page', of('messages(first: 10) { nodes { body } }'), true],
  ['personal fields', of('myReadSeq messages { nodes { reactions { mine } } }'), true],
  ['pages of a list of rooms', '{ rooms { nodes { ...R } } } fragment R on Room { messages { nodes { body } } }', true],
  ['a room without a page', of('title lastMessage { body }'), false],
  ['a mutation', `mutation { joinRoom(input: { roomId: "${ROOM}" }) { room { messages { nodes { body } } } } }`, false],
])('%s: whether it is a fetch', (_what, source, fetches) => {
  expect(planOf(source).fetches).toBe(fetches);
});
