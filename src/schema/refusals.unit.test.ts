import type { ExecutionResult } from 'graphql';
import { graphql, parse, subscribe } from 'graphql';
import { position } from '../engine/domain/ids.js';
import { ask, codeOf, contextOf, schema, someone } from '../../test/support/ask-schema.js';

const ROOM = '0b6f2c1e-93a0-5c7e-8a51-0d2f4b6a8c01';
const ada = someone('ada');

interface World {
  /** Whether the read models reach, in time, everything decided before the question. */
  readonly settled: boolean;
  /** Whether they contain the room and the member by then: at the first read they contain neither. */
  readonly known?: boolean;
  /** Whether they contained the room all along. */
  readonly roomKnown?: boolean;
}

function services({ settled, known = false, roomKnown = false }: World) {
  let waited = false;
  const progress = {
    settled: () => ((waited = true), Promise.resolve(settled)),
    reached: () => Promise.resolve(settled),
  };
  const room = { id: ROOM, title: 'x', memberCount: 1 };
  const isThere = (): boolean => roomKnown || (waited && known);
  return {
    progress,
    commands: { lastWrites: () => [] },
    heat: { of: () => ({ state: 'NORMAL' }), fetched: () => undefined },
    fanOut: {
      position: () => position(7),
      head: () => Promise.resolve(position(7)),
      settledPosition: () => position(0),
    },
    memberships: { isMember: () => Promise.resolve(waited && known) },
    queries: {
      rooms: {
        byIds: (ids: readonly string[]) => Promise.resolve(ids.map(() => (isThere() ? room : null))),
        visited: (ids: readonly string[]) =>
          Promise.resolve(ids.map(() => (isThere() ? { room, isMember: waited && known } : null))),
      },
      members: { areMembers: (pairs: readonly unknown[]) => Promise.resolve(pairs.map(() => waited && known)) },
    },
  } as never;
}

const query = (selection: string, world: World): Promise<ExecutionResult> =>
  ask(`{ room(id: "${ROOM}") { ${selection} } }`, { viewer: ada, services: services(world) });
const events = async (world: World): Promise<unknown> => {
  const result = await subscribe({
    schema,
    document: parse(`subscription { roomEvents(roomId: "${ROOM}") { __typename } }`),
    contextValue: contextOf({ viewer: ada, services: services(world) }),
  });
  return 'errors' in result ? codeOf(result) : 'subscribed';
};

describe('a refusal, or a null for a missing room,', () => {
  test('is final where the read models hold everything decided before the question', async () => {
    const world = { settled: true };
    expect(await query('id', world)).toEqual({ data: { room: null } });
    expect(await events(world)).toBe('NOT_FOUND');
    const inRoom = { settled: true, roomKnown: true };
    for (const selection of ['messages { nodes { id } }', 'members { totalCount }'])
      expect(codeOf(await query(selection, inRoom))).toBe('FORBIDDEN');
    expect(await events(inRoom)).toBe('FORBIDDEN');
  });

  test('is UNAVAILABLE where they do not, and says when to ask again', async () => {
    const world = { settled: false };
    const { errors } = await query('id', world);
    expect(errors?.[0]?.extensions).toEqual({ code: 'UNAVAILABLE', retryAfterMs: 1_000 });
    expect(await events(world)).toBe('UNAVAILABLE');
    const inRoom = { settled: false, roomKnown: true };
    for (const selection of ['messages { nodes { id } }', 'members { totalCount }'])
      expect(codeOf(await query(selection, inRoom))).toBe('UNAVAILABLE');
    expect(await events(inRoom)).toBe('UNAVAILABLE');
  });

  test('does not come where the second read finds it, however far behind they are', async () => {
    expect(await query('id', { settled: false, known: true })).toEqual({ data: { room: { id: ROOM } } });
  });

  test('of a malformed id is final, without a read', async () => {
    const asked = await graphql({
      schema,
      source: '{ room(id: "x") { id } }',
      contextValue: contextOf({ viewer: ada, services: services({ settled: false }) }),
    });
    expect(asked).toEqual({ data: { room: null } });
  });
});
