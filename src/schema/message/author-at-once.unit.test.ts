import { graphql } from 'graphql';
import { buildApiSchema } from '../build-schema.js';

const ROOM = '6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01';
const message = {
  id: `${ROOM}.1`,
  roomId: ROOM,
  seq: 1,
  authorId: 'ann',
  body: 'hi',
  createdAt: new Date(0),
  reactions: [],
};

/** The remembered authors, and those who are looked up. */
function context(remembered: readonly string[]) {
  const lookedUp: string[] = [];
  const known = (id: string) => ({ id, handle: id, name: `remembered ${id}` });
  const loaders = {
    reading: { ownWrites: () => Promise.resolve(), atLeast: () => Promise.resolve() },
    visited: () => Promise.resolve({ id: ROOM, title: 'Room', createdBy: 'ann' }),
    isMember: () => Promise.resolve(true),
    seemsMember: () => Promise.resolve(true),
    lastMessage: () => Promise.resolve({ message, holds: 7 }),
    isStillMember: () => Promise.resolve(true),
    user(id: string) {
      lookedUp.push(id);
      return Promise.resolve({ id, handle: id, name: `looked up ${id}` });
    },
  };
  const services = { queries: { users: { remembered: (id: string) => (remembered.includes(id) ? known(id) : null) } } };
  return { lookedUp, contextValue: { viewer: { userId: 'ben' }, loaders, services } };
}

test.each([
  ['in memory is not looked up', ['ann'], 'remembered ann', []],
  ['not in memory is looked up', ['ben'], 'looked up ann', ['ann']],
] as const)('an author %s', async (_what, remembered, name, expected) => {
  const { lookedUp, contextValue } = context(remembered);
  const { data, errors } = await graphql({
    schema: buildApiSchema(),
    source: `{ room(id: "${ROOM}") { lastMessage { author { id name } } } }`,
    contextValue,
  });
  expect(errors).toBeUndefined();
  expect(JSON.parse(JSON.stringify(data))).toEqual({ room: { lastMessage: { author: { id: 'ann', name } } } });
  expect(lookedUp).toEqual(expected);
});
