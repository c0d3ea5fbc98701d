import { GraphQLObjectType, GraphQLSchema, GraphQLString, parse } from 'graphql';
import { userId } from '../engine/domain/ids.js';
import { roomId } from '../events/ids.js';
import { buildApiSchema } from './build-schema.js';
import type { EventFilter } from './message/event-filter.js';
import { groupIdentity, subscriptionPlan } from './subscription-plan.js';
import { VIEWER_DEPENDENT } from './viewer.js';

const schema = buildApiSchema();

interface Asked {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly room?: string;
  readonly by?: string;
  readonly operationName?: string;
  readonly filter?: EventFilter;
  readonly batchMs?: number | null;
}
const ALL: EventFilter = { kinds: null, summarise: false };
const group = (
  source: string,
  { variables = {}, room = 'r', by = 'u', operationName, filter = ALL, batchMs = null }: Asked = {},
) =>
  groupIdentity(
    { schema, document: parse(source), variableValues: variables, operationName },
    roomId(room),
    userId(by),
    { filter, batchMs },
  );
const key = (source: string, asked?: Asked): string => group(source, asked).key;

const posted = (selection: string): string => `subscription($room: ID!, $after: Position) {
  roomEvents(roomId: $room, after: $after) { ... on MessagePosted { message { ${selection} } } }
}`;

test('the starting point does not split a group, as a variable or as a literal', () => {
  const source = posted('body');
  const first = key(source, { variables: { room: 'r', after: 'one' } });
  expect(key(source, { variables: { room: 'r', after: 'two' } })).toBe(first);
  expect(key(source, { variables: { room: 'r' } })).toBe(first);
  expect(
    key('subscription { roomEvents(roomId: "r", after: "x") { ... on MessagePosted { message { body } } } }'),
  ).toBe(first);
});

test('neither do white space, names, or fragments that are not spread', () => {
  const first = key('subscription A($r: ID!) { roomEvents(roomId: $r) { position at } }', { variables: { r: 'r' } });
  expect(
    key('subscription B($room: ID!) {\n roomEvents(roomId: $room) { position, at }\n}', { variables: { room: 'r' } }),
  ).toBe(first);
  expect(key('subscription { roomEvents(roomId: "r") { position at } } fragment F on User { id }')).toBe(first);
});

describe('a difference without effect on the results makes no group', () => {
  const first = key(
    'subscription { roomEvents(roomId: "r") { ...F ...G } } fragment F on RoomEvent { position ' +
      '} fragment G on MessagePosted { message { body } }',
  );
  test.each([
    [
      'comments and white space',
      'subscription {\n  # new\n  roomEvents(roomId: "r") { ...F,,, ...G ' +
        '}\n} fragment F on RoomEvent { position } fragment G on MessagePosted { message { body #!\n } }',
    ],
    [
      'the order of definitions',
      'fragment G on MessagePosted { message { body } } subscription { roomEvents(roomId: "r") ' +
        '{ ...F ...G } } fragment F on RoomEvent { position }',
    ],
    [
      'the names of fragments',
      'subscription { roomEvents(roomId: "r") { ...A17 ...Zeta } } fragment A17 on RoomEvent ' +
        '{ position } fragment Zeta on MessagePosted { message { body } }',
    ],
    [
      'names of fragments that are those of others',
      'subscription { roomEvents(roomId: "r") { ...G ...F } } fragment G on RoomEvent { position ' +
        '} fragment F on MessagePosted { message { body } }',
    ],
    [
      'unused fragments',
      'fragment U on User { id handle } subscription { roomEvents(roomId: "r") { ...F ...G } ' +
        '} fragment F on RoomEvent { position } fragment G on MessagePosted { message { body } }',
    ],
    [
      'aliases that are the name itself',
      'subscription { roomEvents: roomEvents(roomId: "r") { ...F ...G } } fragment F on RoomEvent ' +
        '{ position: position } fragment G on MessagePosted { message { body: body } }',
    ],
    [
      'a block string',
      'subscription { roomEvents(roomId: """r""") { ...F ...G } } fragment F on RoomEvent ' +
        '{ position } fragment G on MessagePosted { message { body } }',
    ],
    [
      'other operations of the document',
      'subscription A { roomEvents(roomId: "r") { ...F ...G } } subscription B { roomEvents(roomId: ' +
        '"r") { at } } fragment F on RoomEvent { position } fragment G on MessagePosted { message { body } }',
    ],
  ])('%s', (_what, source) => {
    expect(key(source, source.includes('subscription A') ? { operationName: 'A' } : {})).toBe(first);
  });

  test('names and order of variables, and variables that are not used', () => {
    const source = (a: string, b: string, more = '') =>
      `subscription(${more}$${a}: Boolean!, $${b}: Boolean!) { roomEvents(roomId: "r") ` +
      `{ position @skip(if: $${a}) at @skip(if: $${b}) } }`;
    const asked = key(source('a', 'b'), { variables: { a: true, b: false } });
    expect(key(source('z', 'y'), { variables: { z: true, y: false } })).toBe(asked);
    expect(key(source('b', 'a'), { variables: { b: true, a: false } })).toBe(asked);
    expect(key(source('a', 'b', '$n: Int, '), { variables: { a: true, b: false, n: 7 } })).toBe(asked);
    expect(key(source('a', 'b'), { variables: { a: false, b: true } })).not.toBe(asked);
  });

  test('a difference with an effect makes a group', () => {
    const spread = (body: string) =>
      'subscription { roomEvents(roomId: "r") { ...F ...G } } fragment F on RoomEvent { position ' +
      `} fragment G on MessagePosted { ${body} }`;
    const sources = [
      spread('message { body }'),
      spread('message { seq }'),
      spread('message { seq body }'),
      spread('message { body seq }'),
      spread('m: message { body }'),
      spread('message @include(if: false) { body }'),
    ];
    expect(new Set(sources.map((source) => key(source))).size).toBe(sources.length);
  });
});

test('rooms are apart', () => {
  expect(key(posted('body'), { room: 'a' })).not.toBe(key(posted('body'), { room: 'b' }));
});

test('the selection splits groups', () => {
  const keys = [
    posted('body'),
    posted('body seq'),
    posted('text: body'),
    posted('body @skip(if: true)'),
    posted('body').replace('roomEvents', 'live: roomEvents'),
  ].map((source) => key(source));
  expect(new Set(keys).size).toBe(keys.length);
});

test('the content of fragments splits, not their presence in the document', () => {
  const source = (fields: string) =>
    `subscription { roomEvents(roomId: "r") { ...F } } fragment F on RoomEvent { ${fields} }`;
  expect(key(source('position'))).toBe(key(source('position')));
  expect(key(source('position'))).not.toBe(key(source('at')));
});

test("variables in the selection split by value, with the document's defaults", () => {
  const source = (otherwise: string) => `subscription($brief: Boolean = ${otherwise}) {
    roomEvents(roomId: "r") { position at @skip(if: $brief) }
  }`;
  expect(key(source('true'), { variables: { brief: false } })).not.toBe(
    key(source('true'), { variables: { brief: true } }),
  );
  expect(key(source('true'))).toBe(key(source('true'), { variables: { brief: true } }));
  expect(key(source('true'))).not.toBe(key(source('false')));
});

test('users share a group, until something depends on who asks', () => {
  expect(key(posted('body'), { by: 'ada' })).toBe(key(posted('body'), { by: 'bob' }));
  // A new message has no reactions.
  const reactions = posted('reactions { emoji mine }');
  expect(key(reactions, { by: 'ada' })).toBe(key(reactions, { by: 'bob' }));

  const own = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { any: { type: GraphQLString } } }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: { any: { type: GraphQLString }, own: { type: GraphQLString, extensions: VIEWER_DEPENDENT } },
    }),
  });
  const of = (source: string, by: string) =>
    groupIdentity({ schema: own, document: parse(source) }, roomId('r'), userId(by), { filter: ALL, batchMs: null });
  expect(of('subscription { any }', 'ada')).toEqual(of('subscription { any }', 'bob'));
  expect(of('subscription { own }', 'ada').viewerDependent).toBe(true);
  expect(of('subscription { own }', 'ada').key).not.toBe(of('subscription { own }', 'bob').key);
  expect(of('subscription { own }', 'ada').key).toBe(of('subscription { own }', 'ada').key);
});

test('operations of one document are apart', () => {
  const source =
    'subscription A { roomEvents(roomId: "r") { position } } subscription B { roomEvents(roomId: "r") { at } }';
  const document = parse(source);
  const of = (operationName: string) =>
    groupIdentity({ schema, document, operationName }, roomId('r'), userId('u'), { filter: ALL, batchMs: null }).key;
  expect(of('A')).not.toBe(of('B'));
  expect(of('A')).toBe(key('subscription { roomEvents(roomId: "r") { position } }'));
});

test('the kept size of an operation does not grow with the fragment that it spreads', () => {
  const names = Array.from({ length: 300 }, (_, index) => `a${index}`);
  const alias = 'x'.repeat(20_000);
  const document = parse(
    `${names.map((name) => `subscription ${name}{...f}`).join(' ')} fragment f on ` +
      `Subscription{roomEvents(roomId:"r"){${alias}:position}}`,
  );
  const kept = names.map((operationName) => {
    // The operation is the document's own node.
    const { operation, ...own } = subscriptionPlan(schema, document, operationName);
    expect(document.definitions).toContain(operation);
    return JSON.stringify(own).length;
  });
  expect(Math.max(...kept)).toBeLessThan(200);
});

test('the events that are asked for split groups, in any order of their kinds', () => {
  const of = (kinds: EventFilter['kinds'], summarise = false) => key(posted('body'), { filter: { kinds, summarise } });
  expect(of(new Set(['MESSAGES', 'HEAT']))).toBe(of(new Set(['HEAT', 'MESSAGES'])));
  expect(key(posted('body'), { batchMs: 250 })).not.toBe(key(posted('body'), { batchMs: 500 }));
  const different = [of(null), of(new Set()), of(new Set(['MESSAGES'])), of(new Set(['HEAT'])), of(null, true)];
  expect(new Set(different).size).toBe(different.length);
});
