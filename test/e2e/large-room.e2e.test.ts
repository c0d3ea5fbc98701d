import { randomUUID } from 'node:crypto';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { userId } from '../../src/engine/domain/ids.js';
import { createDevTokens } from '../../src/server/identity/dev-tokens.js';
import { until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { engines, openDeployment } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';
import type { WireUser } from '../support/wire.js';
import { commanded, secretOf, signInOnWire, wireUser } from '../support/wire.js';

// A room with more members than single joins and reactions are sent for: the events of its subscribers, by `kinds` and
// `summarise`, live and from the history.

const MEMBERS = 205;
const AT_ONCE = 40;

interface ReceivedEvent {
  readonly __typename: string;
  readonly position: string;
  readonly [field: string]: unknown;
}
interface Received {
  readonly events: ReceivedEvent[];
  readonly errors: unknown[];
  readonly completed: () => boolean;
  stop(): void;
}

const EVENTS = `subscription ($roomId: ID!, $after: Position, $kinds: [RoomEventKind!], $summarise: Boolean) {
  roomEvents(roomId: $roomId, after: $after, kinds: $kinds, summarise: $summarise) {
    __typename position
    ... on MessagePosted { message { body } }
    ... on ReactionAdded { userId }
    ... on MemberJoined { user { id } }
    ... on MemberLeft { userId }
    ... on MembersChanged { joined left memberCount }
    ... on ReactionsChanged { messageId reactions { emoji count } }
  }
}`;

function listen({ url, token }: WireUser, variables: Record<string, unknown>): Received {
  const events: ReceivedEvent[] = [];
  const errors: unknown[] = [];
  let over = false;
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  client.subscribe<{ roomEvents: ReceivedEvent }>(
    { query: EVENTS, variables },
    {
      next: ({ data, errors: failed }) => void (data ? events.push(data.roomEvents) : errors.push(failed)),
      error: (error) => void errors.push(error),
      complete: () => void (over = true),
    },
  );
  return { events, errors, completed: () => over, stop: () => void client.dispose() };
}
interface Batch {
  readonly position: string;
  readonly events: readonly ReceivedEvent[];
}
/** From a position on, up to the message with this body. */
async function batchesOf({ url, token }: WireUser, variables: object, last: string): Promise<readonly Batch[]> {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  const batches: Batch[] = [];
  const results = client.iterate<{ roomEventBatches: Batch }>({
    query: `subscription ($roomId: ID!, $after: Position, $kinds: [RoomEventKind!]) {
      roomEventBatches(roomId: $roomId, after: $after, kinds: $kinds, batchMs: 100) {
        position events { __typename position ... on MessagePosted { message { body } } }
      }
    }`,
    variables: { ...variables },
  });
  for await (const { data, errors } of results) {
    if (!data) throw new Error(JSON.stringify(errors));
    batches.push(data.roomEventBatches);
    if (JSON.stringify(data).includes(`"${last}"`)) break;
  }
  void client.dispose();
  return batches;
}

const typesOf = ({ events }: Received): readonly string[] => [...new Set(events.map(({ __typename }) => __typename))];
const sumOf = ({ events }: Received, field: 'joined' | 'left'): number =>
  events.reduce((sum, event) => sum + Number(event[field] ?? 0), 0);

describe.each(engines)('on %s', (engine) => {
  let deployment: Deployment;
  let server: MadangProcess;
  beforeAll(async () => {
    deployment = await openDeployment(engine);
    server = await deployment.start({ MADANG_RATE_LIMITS: 'off', SEND_LIMIT_PER_SECOND: '0' });
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    await deployment?.[Symbol.asyncDispose]();
  });

  test('its members get sums, what is their own, and the kinds that they asked for', async () => {
    const [mina, jun] = [await signInOnWire(server.url, 'mina'), await signInOnWire(server.url, 'jun')];
    const made = await commanded(mina, 'createRoom', { title: 'large' }, 'PROJECTED');
    const roomId = made.room!.id;
    const begin = made.receipt.position!;
    const tokens = createDevTokens(await secretOf(deployment, 'token_key'));
    const joinMany = async (count: number): Promise<void> => {
      const users = await Promise.all(
        Array.from({ length: count }, async () => {
          const id = randomUUID();
          const token = await tokens.issue({ userId: userId(id), handle: id.slice(0, 20), name: id, roles: [] });
          return wireUser(server.url, token, id);
        }),
      );
      for (let done = 0; done < count; done += AT_ONCE)
        await Promise.all(users.slice(done, done + AT_ONCE).map((user) => commanded(user, 'joinRoom', { roomId })));
    };

    await commanded(jun, 'joinRoom', { roomId }, 'PROJECTED');
    const early = listen(mina, { roomId, after: begin, summarise: true });
    await until(() => early.events.length === 1, 'a small room sends each join');
    expect(early.events).toMatchObject([{ __typename: 'MemberJoined', user: { id: jun.userId } }]);

    await joinMany(MEMBERS - 2);
    await until(() => early.events.at(-1)?.memberCount === MEMBERS, 'the room is large, and its number came');
    const { message, receipt } = await commanded(mina, 'sendMessage', { roomId, body: 'hello' }, 'PROJECTED');
    const all = listen(mina, { roomId, after: receipt.position });
    const own = listen(jun, { roomId, after: receipt.position, summarise: true });
    const messages = listen(jun, { roomId, after: receipt.position, kinds: ['MESSAGES'] });
    const resumed = listen(mina, { roomId, after: begin, summarise: true });
    await until(() => resumed.events.length === 1, 'the history has no joins of others');
    expect(resumed.events).toMatchObject([{ __typename: 'MessagePosted', message: { body: 'hello' } }]);

    const before = early.events.length;
    await joinMany(3);
    await commanded(jun, 'addReaction', { roomId, messageId: message!.id, emoji: '👍' });
    await commanded(mina, 'sendMessage', { roomId, body: 'last' });
    await until(
      () => [early, own].every(({ events }) => events.some(({ __typename }) => __typename === 'ReactionsChanged')),
      'the sums came',
    );
    await until(() => early.events.some(({ memberCount }) => memberCount === MEMBERS + 3), 'the number came');
    await until(() => all.events.length === 5 && messages.events.length === 1, 'every event came without sums');
    const since: Received = { ...early, events: early.events.slice(before) };
    expect(typesOf(since).toSorted()).toEqual(['MembersChanged', 'MessagePosted', 'ReactionsChanged']);
    expect(sumOf(since, 'joined')).toBe(3);
    expect(since.events.find(({ __typename }) => __typename === 'ReactionsChanged')).toMatchObject({
      messageId: message!.id,
      reactions: [{ emoji: '👍', count: 1 }],
    });
    expect(own.events.filter(({ __typename }) => __typename === 'ReactionAdded')).toMatchObject([
      { userId: jun.userId },
    ]);
    expect(typesOf(all).toSorted()).toEqual(['MemberJoined', 'MessagePosted', 'ReactionAdded']);

    const batches = await batchesOf(mina, { roomId, after: begin, kinds: ['MESSAGES', 'MEMBERS'] }, 'last');
    expect(batches.length).toBeLessThan(10);
    for (const { position, events } of batches) {
      expect(events.length).toBeLessThanOrEqual(200);
      expect(position).toBe(events.at(-1)!.position);
    }
    const inBatches = batches.flatMap(({ events }) => events);
    expect(inBatches.filter(({ __typename }) => __typename === 'MemberJoined')).toHaveLength(MEMBERS + 2);
    expect(inBatches.filter(({ __typename }) => __typename === 'MessagePosted')).toMatchObject([
      { message: { body: 'hello' } },
      { message: { body: 'last' } },
    ]);

    await commanded(jun, 'leaveRoom', { roomId });
    await until(() => own.completed() && messages.completed(), 'both subscriptions of the member who left have ended');
    expect(messages.events).toMatchObject([
      { __typename: 'MessagePosted', message: { body: 'last' } },
      { __typename: 'MemberLeft', userId: jun.userId },
    ]);
    expect(own.events.at(-1)).toMatchObject({ __typename: 'MemberLeft', userId: jun.userId });
    await until(() => sumOf(early, 'left') === 1, 'the others get a sum');
    expect(typesOf(early)).not.toContain('MemberLeft');
    expect([early, all, own, messages, resumed].flatMap(({ errors }) => errors)).toEqual([]);
    for (const each of [early, all, own, messages, resumed]) each.stop();
  }, 120_000);
});
