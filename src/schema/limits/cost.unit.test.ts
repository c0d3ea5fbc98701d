import { buildApiSchema } from '../build-schema.js';
import { createDocuments } from './documents.js';
import { DEFAULT_LIMITS } from './limits.js';
import { refuseOperation } from './refuse-operation.js';

const schema = buildApiSchema();
const documents = createDocuments(schema, DEFAULT_LIMITS);

const asked = (query: string, variables?: Record<string, unknown>): string => {
  const document = documents.get(query);
  if (!('definitions' in document)) return document[0]!.message;
  return refuseOperation({ schema, document, variables }, DEFAULT_LIMITS)?.message ?? 'served';
};
const bodies = (count: number): string => Array.from({ length: count }, (_, index) => `b${index}: body`).join(' ');
const page = (selection: string): string => `{ room(id: "x") { messages(last: 100) { ${selection} } } }`;
const tooDear = /^Cost limit of 5000 exceeded/;

test.each([
  ['a page of messages', page('nodes { id seq body createdAt erased author { id handle name } reactions { emoji count mine } }')],
  ['a page with both its lists', page('edges { cursor node { id body } } nodes { id body } pageInfo { hasNextPage }')],
  ['the newest message of a hundred rooms', '{ rooms(first: 100) { nodes { id title lastMessage { id body author { name } } } } }'],
])('%s is served', (_what, query) => {
  expect(asked(query)).toBe('served');
});

test.each([
  ['a body under 29 names', page(`nodes { ${bodies(29)} }`)],
  ['a body under 7 names', page(`nodes { ${bodies(7)} }`)],
  ['bodies of both lists, under names', page(`nodes { ${bodies(4)} } edges { node { ${bodies(4)} } }`)],
  ['bodies through fragments', `${page('nodes { ...A ...B }')} fragment A on Message { ${bodies(4)} } fragment B on Message { c: body d: body e: body f: body }`],
  ['pages under names', `{ room(id: "x") { ${Array.from({ length: 7 }, (_, index) => `p${index}: messages(last: 100) { nodes { body } }`).join(' ')} } }`],
  ['rooms under names', `{ ${Array.from({ length: 7 }, (_, index) => `p${index}: room(id: "x") { messages(last: 100) { nodes { body } } }`).join(' ')} }`],
  ['bodies of pages of rooms', '{ rooms(first: 10) { nodes { messages(last: 100) { nodes { body } } } } }'],
])('%s is refused', (_what, query) => {
  expect(asked(query)).toMatch(tooDear);
});

test('a receipt with unknown keys in its input is refused by the first of them', () => {
  const query = 'mutation ($i: SendMessageInput!) { sendMessage(input: $i) { receipt { status } } }';
  const i = Object.fromEntries(Array.from({ length: 18_000 }, (_, index) => [`k${index}`, index]));
  const { user } = process.cpuUsage();
  const told = asked(query, { i });
  expect(told).toMatch(/^Variable "\$i" got invalid value/);
  expect(told.length).toBeLessThan(520);
  // Without a bound on errors it was more than a minute, and all the memory that there is.
  expect(process.cpuUsage().user - user).toBeLessThan(1_000_000);
});
