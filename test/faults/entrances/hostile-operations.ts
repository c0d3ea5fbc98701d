import { randomUUID } from 'node:crypto';
import type { Random } from './random.js';

/** The content of a request or a message. */
export interface Hostile {
  readonly query: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
  readonly extensions?: unknown;
}

export interface Victim {
  readonly roomId: string;
}

const list = (count: number, item: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => item(index)).join(' ');
const nested = (text: string, levels: number, core: string, end: string): string =>
  `${text.repeat(levels)}${core}${end.repeat(levels)}`;
const SEND = 'mutation ($i: SendMessageInput!) { sendMessage(input: $i) { receipt { status } } }';

type Make = (random: Random, victim: Victim) => Hostile;

/** Variables of the wrong type, in every way that costs something. */
const variables: readonly Make[] = [
  (random) => ({
    query: SEND,
    variables: {
      i: Object.fromEntries(Array.from({ length: 1_000 + random.below(12_000) }, (_, index) => [`k${index}`, index])),
    },
  }),
  (random) => ({ query: SEND, variables: { i: Array.from({ length: random.below(40_000) }, () => 'x') } }),
  (random) => ({
    query: SEND,
    variables: { i: JSON.parse(nested('{"a":', random.below(1_500), '1', '}')) as unknown },
  }),
  (random, { roomId }) => ({ query: SEND, variables: { i: { roomId, body: random.text(20_000) } } }),
  (random) => ({ query: SEND, variables: { i: { roomId: random.text(20), body: 'x', commandId: random.text(500) } } }),
  (random) => ({
    query: 'query ($id: ID!) { room(id: $id) { title } }',
    variables: { id: random.one([{}, [], random.text(50_000), 1e308, true, null]) },
  }),
  (random) => ({
    query: 'mutation ($w: CommandStage) { deleteAccount(input: {}, waitFor: $w) { receipt { status } } }',
    variables: { w: random.text(10_000) },
  }),
  (random) => ({
    query:
      `query (${list(50, (index) => `$v${index}: Int!`)}) { ` +
      `${list(29, (index) => `a${index}: rooms(first: $v${index}) { pageInfo { hasNextPage } }`)} }`,
    variables: { v0: random.text(10) },
  }),
  // Text whose normalisation takes long.
  (random) => ({
    query:
      'mutation ($h: String!) { ' +
      `${list(1 + random.below(25), (index) => `a${index}: signIn(handle: $h) { token }`)} }`,
    variables: { h: `a${'\u0315'.repeat(random.below(40_000))}${'\u0316'.repeat(random.below(40_000))}` },
  }),
  () =>
    JSON.parse(
      '{"query":"query ($id: ID!) { room(id: $id) { id } ' +
        '}","variables":{"id":"x","__proto__":{"id":1},"constructor":{"prototype":{}}}}',
    ) as Hostile,
];

const SCHEMA_FRAGMENT =
  'fragment S on __Schema { types { fields { name description args { name type { name } } type ' +
  '{ name kind fields { name description args { name type { name } } type { name kind ofType ' +
  '{ name } } } } } } }';

/** Documents that are expensive to read, to validate, to keep or to execute. */
const documents: readonly Make[] = [
  (random) => ({ query: `${'#\n'.repeat(random.below(16_000))}query Q${random.below(1e9)} { __typename }` }),
  (random) => ({ query: `{ ${'me { id } '.repeat(random.below(500))} }` }),
  (random) => ({ query: `query Q${random.below(1e9)} { ${list(random.below(900), (index) => `no${index}`)} }` }),
  (random) => ({
    query:
      `query Q${random.below(1e9)} { ` +
      `${list(28, (index) => `a${index}: room(id: "${random.below(1e9)}") { ${'id title '.repeat(20)} }`)} }`,
  }),
  (random) => ({
    query: `query Q${random.below(1e9)} { room(id: "${'\\u0041'.repeat(random.below(5_000))}") { id } }`,
  }),
  (random) => ({
    query: `query Q${random.below(1e9)} { room(id: """${'a\n  b'.repeat(random.below(5_000))}""") { id } }`,
  }),
  (random) => ({
    query: list(random.below(240), (index) => `query Q${index} { me { id } }`),
    operationName: `Q${random.below(240)}`,
  }),
  () => ({
    query:
      '{ me { ...F0 } } ' +
      `${list(40, (index) => `fragment F${index} on User { ...F${index + 1} ... on User { ...F${index + 1} } }`)} ` +
      'fragment F40 on User { name }',
  }),
  () => ({ query: '{ me { ...A } } fragment A on User { ...B } fragment B on User { ...A }' }),
  (random) => ({ query: nested('{ me ', random.below(600), '{ id }', '}') }),
  (random) => ({ query: `{ ${nested('... { ', random.below(600), 'me { id }', ' }')} }` }),
  (random) => ({ query: `{ rooms(first: ${nested('[', random.below(900), '1', ']')}) { pageInfo { hasNextPage } } }` }),
  (random) => ({
    query:
      `mutation { sendMessage(input: { ${list(random.below(600), (index) => `bod${index}: 1`)} }) ` +
      '{ receipt { status } } }',
  }),
  (random) => ({ query: `{ me { id ${list(random.below(600), (index) => `@x${index}`)} } }` }),
  (random) => ({ query: random.text(random.below(300)) }),
  (random) => ({ query: `{ ${random.text(random.below(30))} }` }),
  (_random, { roomId }) => ({
    query: `{ room(id: "${roomId}") { messages(last: 100) { nodes { ${list(29, (index) => `b${index}: body`)} } } } }`,
  }),
  (random, { roomId }) => ({
    query:
      `{ room(id: "${roomId}") { messages(last: 100) { nodes ` +
      `{ ${list(1 + random.below(6), (index) => `b${index}: body`)} } } } }`,
  }),
  (random) => ({
    query: `{ ${list(1 + random.below(28), (index) => `a${index}: __schema { ...S }`)} } ${SCHEMA_FRAGMENT}`,
  }),
  (random) => ({
    query: '{ __schema { types { name fields { name type { name ofType { name ofType { name } } } } } } }',
    variables: { junk: random.text(100) },
  }),
];

/** Valid and unusual documents. */
const strange: readonly Make[] = [
  (random) => ({
    query: 'query A { __typename } query B { __typename }',
    operationName: random.one(['', null, 'A', 'C', 7, {}, 'x'.repeat(100_000)]),
  }),
  (random, { roomId }) => ({
    query:
      `subscription ($x: Boolean!) { roomEvents(roomId: "${roomId}") ` +
      `${random.one(['@skip', '@include'])}(if: $x) { position } }`,
    variables: { x: random.chance(0.5) },
  }),
  (random, { roomId }) => ({
    query: `subscription { ... @skip(if: ${random.chance(0.5)}) { roomEvents(roomId: "${roomId}") { position } } }`,
  }),
  (random, { roomId }) => ({
    query: 'subscription ($after: Position) { roomEvents(roomId: "ROOM", after: $after) { position } }'.replace(
      'ROOM',
      roomId,
    ),
    variables: { after: random.text(20) },
  }),
  (random) => ({
    query:
      'subscription { commandSettled(commandId: ' +
      `"${random.chance(0.5) ? randomUUID() : random.text(3).replaceAll(/["\\\n\r]/g, '')}") ` +
      '{ status } }',
  }),
  () => ({ query: 'subscription { __typename }' }),
  () => ({ query: 'fragment A on Query { me { id } }' }),
  () => ({ query: '{ me { id } @skip(if: true) }' }),
  (random) => ({
    query: random.one<unknown>([null, 1, [], {}, true, '', ' ']),
    variables: random.one<unknown>([null, 1, [], 'x']),
    extensions: random.one<unknown>([null, 1, { persistedQuery: { version: 1, sha256Hash: 'x' } }]),
  }),
];

/** Valid, and near the largest cost of an operation. */
export const dearOperation = (random: Random, { roomId }: Victim): Hostile => ({
  query:
    `{ room(id: "${roomId}") { messages(last: 100) { nodes ` +
    `{ ${list(4 + random.below(2), (index) => `b${index}: body`)} id seq createdAt author ` +
    '{ id handle name } } } } }',
});

export const hostileOperation = (random: Random, victim: Victim): Hostile =>
  random.one(random.one([variables, documents, documents, strange]))(random, victim);
