import { createClient } from 'graphql-ws';
import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import { position } from '../../src/engine/domain/ids.js';
import { createCursorSigner } from '../../src/engine/gateway/signed-cursor.js';
import type { CursorSigner } from '../../src/engine/gateway/signed-cursor.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';
import type { WireError, WireUser } from '../support/wire.js';
import {
  codeOf,
  command,
  commanded,
  endOf,
  expectServed,
  expectUnharmed,
  secretOf,
  signInOnWire,
} from '../support/wire.js';

// Sizes of pages, cursors and positions of clients.

const PARTITIONS = 6;
const MESSAGES =
  'query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { room(id: $id) ' +
  '{ messages(first: $first, after: $after, last: $last, before: $before) { edges { cursor node ' +
  '{ seq } } } } }';
const MEMBERS =
  'query ($id: ID!, $first: Int, $after: String) { room(id: $id) { members(first: $first, ' +
  'after: $after) { edges { cursor node { id } } } } }';
const ROOMS =
  'query ($first: Int, $after: String) { rooms(first: $first, after: $after) { edges { cursor node { id } } } }';

let deployment: Deployment;
let madang: MadangProcess;
let seal: CursorSigner;
let mina: WireUser;
let jun: WireUser;
let roomId: string;
let otherRoomId: string;
let joined: string;

beforeAll(async () => {
  deployment = await openDeployment('embedded');
  madang = await deployment.start({ SEND_LIMIT_PER_SECOND: '0' });
  seal = createCursorSigner(await secretOf(deployment, 'seal_key'));
  [mina, jun] = await Promise.all([signInOnWire(madang.url, 'mina'), signInOnWire(madang.url, 'jun')]);
  roomId = (await commanded(mina, 'createRoom', { title: '마당' })).room!.id;
  // In another partition, so that a position of one cannot be one of the other.
  do otherRoomId = (await commanded(mina, 'createRoom', { title: 'other' })).room!.id;
  while ((await partitionOfRoom(otherRoomId)) === (await partitionOfRoom(roomId)));
  joined = (await commanded(jun, 'joinRoom', { roomId })).receipt.position!;
  for (const body of ['one', 'two', 'three']) await commanded(mina, 'sendMessage', { roomId, body });
});
afterAll(async () => {
  await madang?.stop();
  await deployment?.[Symbol.asyncDispose]();
});
afterEach(() => expectServed(mina, roomId));

async function partitionOfRoom(id: string): Promise<number> {
  const { receipt } = await commanded(mina, 'sendMessage', { roomId: id, body: 'where am I' });
  return seal.openPosition(receipt.position!).partition;
}

/** The first result of a subscription: an event's type, the code of an error, or its end. */
async function firstOf(user: WireUser, roomId: string, after: string | null): Promise<string> {
  const client = createClient({
    url: `${user.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${user.token}` },
    retryAttempts: 0,
  });
  try {
    return await new Promise((resolve) => {
      client.subscribe<{ roomEvents: { __typename: string } }>(
        {
          query:
            'subscription ($roomId: ID!, $after: Position) { roomEvents(roomId: $roomId, after: $after) ' +
            '{ __typename position } }',
          variables: { roomId, after },
        },
        {
          next: ({ data, errors }) =>
            resolve(
              data?.roomEvents.__typename ?? codeOf({ errors: (errors ?? []) as unknown as readonly WireError[] }),
            ),
          error: (error) =>
            resolve(Array.isArray(error) ? codeOf({ errors: error as readonly WireError[] }) : String(error)),
          complete: () => resolve('complete'),
        },
      );
    });
  } finally {
    await client.dispose();
  }
}

/** The text with one of its characters changed, for each of them; and cut, and with an addition. */
function tampered(text: string): readonly string[] {
  const changed = Array.from(
    text,
    (character, index) => text.slice(0, index) + (character === 'A' ? 'B' : 'A') + text.slice(index + 1),
  );
  return [
    ...changed,
    text.slice(0, -1),
    text.slice(1),
    text.slice(0, 4),
    `${text}A`,
    `${text}=`,
    `${text} `,
    ` ${text}`,
    text + text,
    text.toLowerCase(),
    '',
    'nonsense',
    '\0',
    '\ud800',
    'x'.repeat(100_000),
  ].filter((each) => each !== text);
}

describe('pages', () => {
  test.each([0, -1, 101, 10_000, 2_147_483_647])('a page of %d is refused in every list', async (size) => {
    const answers = await Promise.all([
      mina.ask(MESSAGES, { id: roomId, first: size }),
      mina.ask(MESSAGES, { id: roomId, last: size }),
      mina.ask(MEMBERS, { id: roomId, first: size }),
      mina.ask(ROOMS, { first: size }),
    ]);
    const fields = ['first', 'last', 'first', 'first'];
    expect(answers.map(({ errors }) => errors)).toMatchObject(
      fields.map((field) => [{ extensions: { code: 'BAD_USER_INPUT', field } }]),
    );
  });

  test.each([1.5, '10', true, 2 ** 31, [1], {}])('a page size of %j is refused', async (size) => {
    for (const answer of [
      await mina.ask(MESSAGES, { id: roomId, first: size }),
      await mina.ask(ROOMS, { first: size }),
    ]) {
      expect([answer.status, codeOf(answer)]).toEqual([400, 'BAD_USER_INPUT']);
    }
  });

  test('first and last together are refused', async () => {
    const { errors } = await mina.ask(MESSAGES, { id: roomId, first: 1, last: 1 });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'last' } }]);
  });

  test('1 and 100 are pages', async () => {
    for (const size of [1, 100]) {
      const answers = await Promise.all([
        mina.ask(MESSAGES, { id: roomId, first: size }),
        mina.ask(MESSAGES, { id: roomId, last: size }),
        mina.ask(MEMBERS, { id: roomId, first: size }),
        mina.ask(ROOMS, { first: size }),
      ]);
      expect(answers.map(codeOf)).toEqual(answers.map(() => 'no error'));
    }
  });
});

describe('cursors', () => {
  interface Edges {
    readonly edges: readonly { readonly cursor: string }[];
  }
  const cursors = async () => {
    const [messages, members, rooms] = await Promise.all([
      mina.ask<{ room: { messages: Edges } }>(MESSAGES, { id: roomId, first: 1 }),
      mina.ask<{ room: { members: Edges } }>(MEMBERS, { id: roomId, first: 1 }),
      mina.ask<{ rooms: Edges }>(ROOMS, { first: 1 }),
    ]);
    const cursor = ({ edges }: Edges): string => edges[0]!.cursor;
    return {
      messages: cursor(messages.data!.room.messages),
      members: cursor(members.data!.room.members),
      rooms: cursor(rooms.data!.rooms),
    };
  };
  const refusedAs = (field: string) => [{ extensions: { code: 'BAD_USER_INPUT', field } }];

  test('each character counts, and so does the length', async () => {
    const { messages, members, rooms } = await cursors();
    for (const after of tampered(messages))
      expect([after, await mina.ask(MESSAGES, { id: roomId, after })]).toMatchObject([
        after,
        { errors: refusedAs('after') },
      ]);
    for (const before of tampered(messages))
      expect([before, await mina.ask(MESSAGES, { id: roomId, before })]).toMatchObject([
        before,
        { errors: refusedAs('before') },
      ]);
    for (const after of tampered(members))
      expect([after, await mina.ask(MEMBERS, { id: roomId, after })]).toMatchObject([
        after,
        { errors: refusedAs('after') },
      ]);
    for (const after of tampered(rooms))
      expect([after, await mina.ask(ROOMS, { after })]).toMatchObject([after, { errors: refusedAs('after') }]);
  });

  test('a cursor opens no other list, no other room, and no other deployment', async () => {
    const { messages, members, rooms } = await cursors();
    const stranger = createCursorSigner(randomBytes(32)).cursor(`messages ${roomId}`, '1');
    for (const after of [members, rooms, joined, stranger])
      expect((await mina.ask(MESSAGES, { id: roomId, after })).errors).toMatchObject(refusedAs('after'));
    for (const after of [messages, rooms, joined])
      expect((await mina.ask(MEMBERS, { id: roomId, after })).errors).toMatchObject(refusedAs('after'));
    for (const after of [messages, members, joined])
      expect((await mina.ask(ROOMS, { after })).errors).toMatchObject(refusedAs('after'));
    expect((await mina.ask(MESSAGES, { id: otherRoomId, after: messages })).errors).toMatchObject(refusedAs('after'));
    expect((await mina.ask(MEMBERS, { id: otherRoomId, after: members })).errors).toMatchObject(refusedAs('after'));
  });
});

describe('positions', () => {
  const ask = (atLeast: unknown) =>
    mina.ask('query ($id: ID!, $at: Position) { room(id: $id, atLeast: $at) { id } }', { id: roomId, at: atLeast });

  test('each character counts, and so does the length: POSITION_GONE, at once', async () => {
    const started = Date.now();
    for (const made of tampered(joined)) expect([made, codeOf(await ask(made))]).toEqual([made, 'POSITION_GONE']);
    for (const made of tampered(joined))
      expect([made, await firstOf(jun, roomId, made)]).toEqual([made, 'POSITION_GONE']);
    expect(Date.now() - started).toBeLessThan(15_000);
  });

  test('a position that is not of this log, and a cursor, are POSITION_GONE', async () => {
    const at = seal.openPosition(joined);
    const gone = [
      seal.position({ ...at, position: position(at.position + 1_000_000) }),
      seal.position({ ...at, position: position(Number.MAX_SAFE_INTEGER) }),
      seal.position({ partition: PARTITIONS, position: position(1) }),
      createCursorSigner(randomBytes(32)).position(at),
      seal.cursor(`messages ${roomId}`, '1'),
    ];
    for (const [index, each] of gone.entries()) {
      expect([index, codeOf(await ask(each))]).toEqual([index, 'POSITION_GONE']);
      expect([index, await firstOf(jun, roomId, each)]).toEqual([index, 'POSITION_GONE']);
    }
  });

  test('a position of another room’s partition is refused, one of this room is taken', async () => {
    const { receipt } = await commanded(mina, 'sendMessage', { roomId: otherRoomId, body: 'elsewhere' });
    expect(await firstOf(jun, roomId, receipt.position)).toBe('POSITION_GONE');
    expect(await firstOf(jun, roomId, joined)).toBe('MessagePosted');
  });

  test.each([5, true, {}, ['x']])('%j is no position', async (made) => {
    const answer = await ask(made);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'BAD_USER_INPUT']);
  });
});

describe('subscribing', () => {
  test('a stranger gets nothing but FORBIDDEN; an unknown room is NOT_FOUND', async () => {
    const stranger = await signInOnWire(madang.url, 'stranger');
    expect(await firstOf(stranger, roomId, null)).toBe('FORBIDDEN');
    expect(await firstOf(stranger, roomId, joined)).toBe('FORBIDDEN');
    for (const unknown of ['lobby', '', '\ud800', '5c1f0c5e-7a9d-4a0b-9a53-2f4f6d1e8b37'])
      expect(await firstOf(jun, unknown, null)).toBe('NOT_FOUND');
  });

  test('a member who has left is a stranger again', async () => {
    const passing = await signInOnWire(madang.url, 'passing');
    const { receipt } = await commanded(passing, 'joinRoom', { roomId });
    await commanded(passing, 'leaveRoom', { roomId });
    expect(await firstOf(passing, roomId, receipt.position)).toBe('FORBIDDEN');
    expect(endOf(await command(passing, 'sendMessage', { roomId, body: 'x' }))).toBe('NOT_A_MEMBER');
    expect(codeOf(await passing.ask(MESSAGES, { id: roomId }))).toBe('FORBIDDEN');
  });
});

test('the process is unharmed', () => expectUnharmed(madang));
