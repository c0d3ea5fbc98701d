import { graphql, parse, validate } from 'graphql';
import { coded } from '../errors.js';
import { buildApiSchema } from '../build-schema.js';
import { fetchPlan } from './shared-plan.js';

const schema = buildApiSchema();
const ROOM = '6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01';

const planOf = (source: string) => {
  const document = parse(source);
  expect(validate(schema, document)).toEqual([]);
  return fetchPlan(schema, document, undefined).page;
};
const older =
  'query ($id: ID!, $before: String, $last: Int = 20) { room(id: $id) { title messages(last: ' +
  '$last, before: $before) { nodes { body } } } }';

test('a page is identified by its room, its field and its resolved arguments', () => {
  const plan = planOf(older)!;
  expect(plan.page({ id: ROOM, before: 'c' })).toEqual({
    roomId: ROOM,
    key: JSON.stringify([ROOM, 'messages', { last: 20, before: 'c' }]),
  });
  expect(plan.page({ id: ROOM, before: 'c', last: 5 })!.key).not.toBe(plan.page({ id: ROOM, before: 'c' })!.key);
  expect(
    planOf(`{ room(id: "${ROOM}") { messages(first: 5, after: "c") { nodes { body reactions { mine } } } } }`)!.page(
      null,
    ),
  ).toMatchObject({ roomId: ROOM });
});

test.each([
  ['the newest page', { id: ROOM }],
  ['the newest page, with an explicit null', { id: ROOM, before: null }],
  ['no room', { before: 'c' }],
  ['a text that is no id of a room', { id: 'nowhere', before: 'c' }],
  ['a page of invalid size', { id: ROOM, before: 'c', last: 'many' }],
])('%s has no plan', (_what, variables) => {
  expect(planOf(older)!.page(variables)).toBeNull();
});

const of = (selection: string): string => `{ room(id: "${ROOM}") { ${selection} } }`;
test.each([
  ['two pages', of('messages(before: "c") { nodes { body } } older: messages(before: "d") { nodes { body } }')],
  [
    'a page in a fragment',
    `{ room(id: "${ROOM}") { ...R } } fragment R on Room { messages(before: "c") { nodes { body } } }`,
  ],
  ['a page that may be left out', of('messages(before: "c") @skip(if: true) { nodes { body } }')],
  [
    'a room that may be left out',
    `query ($yes: Boolean = true) { room(id: "${ROOM}") @include(if: $yes) { messages(before: ` +
      '"c") { nodes { body } } } }',
  ],
  ['another field beside the room', `{ room(id: "${ROOM}") { messages(before: "c") { nodes { body } } } me { id } }`],
])('%s: the answer is not known without executing it', (_what, source) => {
  expect(planOf(source)).toBeNull();
});

test('the answer is that of executing the query where the field throws', async () => {
  const source = `query {\n  mine: room(id: "${ROOM}") {\n    m: messages(before: "c") { nodes { body } } } }`;
  const error = coded('ROOM_HOT', 'too many', { retryAfterMs: 5 });
  const executed = await graphql({
    schema,
    source,
    fieldResolver: undefined,
    rootValue: {},
    contextValue: thatRefuses(error),
  });
  const { errors, data } = planOf(source)!.refused(error);
  expect(JSON.parse(JSON.stringify({ errors, data }))).toEqual(
    JSON.parse(JSON.stringify({ errors: executed.errors, data: executed.data })),
  );
});

/** A context with the room, in which its messages are refused. */
function thatRefuses(refusal: Error) {
  const room = { id: ROOM, title: 'Room' };
  const loaders = {
    reading: { ownWrites: () => Promise.resolve(), atLeast: () => Promise.resolve() },
    visited: () => Promise.resolve(room),
    isMember: () => Promise.reject(refusal),
  };
  return { viewer: { userId: 'ann' }, loaders, services: {} };
}
