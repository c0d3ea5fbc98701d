import { parse } from 'graphql';
import { roomId, userId } from '../events/ids.js';
import { buildApiSchema } from './build-schema.js';
import { groupIdentity } from './subscription-plan.js';

const schema = buildApiSchema();

interface Asked {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly room?: string;
  readonly by?: string;
  readonly operationName?: string;
}
const group = (source: string, { variables = {}, room = 'r', by = 'u', operationName }: Asked = {}) =>
  groupIdentity({ schema, document: parse(source), variableValues: variables, operationName }, roomId(room), userId(by));
const key = (source: string, asked?: Asked): string => group(source, asked).key;

const posted = (selection: string): string => `subscription($room: ID!, $after: Position) {
  roomEvents(roomId: $room, after: $after) { ... on MessagePosted { message { ${selection} } } }
}`;

test('where one begins does not split a group, as a variable or as a literal', () => {
  const source = posted('body');
  const first = key(source, { variables: { room: 'r', after: 'one' } });
  expect(key(source, { variables: { room: 'r', after: 'two' } })).toBe(first);
  expect(key(source, { variables: { room: 'r' } })).toBe(first);
  expect(key('subscription { roomEvents(roomId: "r", after: "x") { ... on MessagePosted { message { body } } } }')).toBe(first);
});

test('neither do white space, the names of the operation and of variables, or fragments that are not spread', () => {
  const first = key('subscription A($r: ID!) { roomEvents(roomId: $r) { position at } }', { variables: { r: 'r' } });
  expect(key('subscription B($room: ID!) {\n roomEvents(roomId: $room) { position, at }\n}', { variables: { room: 'r' } })).toBe(first);
  expect(key('subscription { roomEvents(roomId: "r") { position at } } fragment F on User { id }')).toBe(first);
});

test('rooms are apart', () => {
  expect(key(posted('body'), { room: 'a' })).not.toBe(key(posted('body'), { room: 'b' }));
});

test('what is selected splits', () => {
  const keys = [posted('body'), posted('body seq'), posted('text: body'), posted('body @skip(if: true)'), posted('body').replace('roomEvents', 'live: roomEvents')].map((source) => key(source));
  expect(new Set(keys).size).toBe(keys.length);
});

test('the content of fragments splits, not their presence in the document', () => {
  const source = (fields: string) => `subscription { roomEvents(roomId: "r") { ...F } } fragment F on RoomEvent { ${fields} }`;
  expect(key(source('position'))).toBe(key(source('position')));
  expect(key(source('position'))).not.toBe(key(source('at')));
});

test('variables that stand in the selection split by value, with the defaults that the document gives', () => {
  const source = (otherwise: string) => `subscription($brief: Boolean = ${otherwise}) {
    roomEvents(roomId: "r") { position at @skip(if: $brief) }
  }`;
  expect(key(source('true'), { variables: { brief: false } })).not.toBe(key(source('true'), { variables: { brief: true } }));
  expect(key(source('true'))).toBe(key(source('true'), { variables: { brief: true } }));
  expect(key(source('true'))).not.toBe(key(source('false')));
});

test('users share a group, until something depends on who asks', () => {
  expect(key(posted('body'), { by: 'ada' })).toBe(key(posted('body'), { by: 'bob' }));
  const own = posted('reactions { emoji mine }');
  expect(group(own, { by: 'ada' }).viewerDependent).toBe(true);
  expect(key(own, { by: 'ada' })).not.toBe(key(own, { by: 'bob' }));
  expect(key(own, { by: 'ada' })).toBe(key(own, { by: 'ada' }));
});

test('operations of one document are apart', () => {
  const source = 'subscription A { roomEvents(roomId: "r") { position } } subscription B { roomEvents(roomId: "r") { at } }';
  const document = parse(source);
  const of = (operationName: string) => groupIdentity({ schema, document, operationName }, roomId('r'), userId('u')).key;
  expect(of('A')).not.toBe(of('B'));
  expect(of('A')).toBe(key('subscription { roomEvents(roomId: "r") { position } }'));
});
