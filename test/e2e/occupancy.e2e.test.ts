import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { until } from '../support/conditions.js';
import { openDeployment } from '../support/deployment.js';
import type { WireUser } from '../support/wire.js';
import { commanded, signInOnWire, wireUser } from '../support/wire.js';

interface Occupied {
  readonly __typename: string;
  readonly occupancy: { readonly connected: number; readonly members: number };
}

/** The events of these kinds, on a socket of its own. */
function listen({ url, token }: WireUser, roomId: string, kinds: readonly string[] | null) {
  const events: Occupied[] = [];
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  client.subscribe<{ roomEvents: Occupied }>(
    {
      query: `subscription ($roomId: ID!, $kinds: [RoomEventKind!]) { roomEvents(roomId: $roomId, kinds: $kinds) {
        __typename ... on OccupancyChanged { occupancy { connected members } } } }`,
      variables: { roomId, kinds },
    },
    {
      next: ({ data }) => void (data && events.push(data.roomEvents)),
      error: () => undefined,
      complete: () => undefined,
    },
  );
  return { events, last: () => events.at(-1)?.occupancy, stop: () => void client.dispose() };
}

const occupancyOf = async (user: WireUser, roomId: string): Promise<unknown> =>
  (
    await user.ask<{ room: { occupancy: unknown } }>(
      'query ($id: ID!) { room(id: $id) { occupancy { connected members } } }',
      {
        id: roomId,
      },
    )
  ).data!.room.occupancy;

test('members see how many are connected, over all processes', async () => {
  await using deployment = await openDeployment('embedded');
  const [first, second] = await Promise.all([deployment.start(), deployment.start()]);
  const [ann, ben, cho, stranger] = await Promise.all(
    ['ann', 'ben', 'cho', 'stranger'].map((name) => signInOnWire(first.url, name)),
  );
  const { room } = await commanded(ann!, 'createRoom', { title: 'Full house' }, 'PROJECTED');
  const roomId = room!.id;
  for (const user of [ben!, cho!]) await commanded(user, 'joinRoom', { roomId }, 'PROJECTED');
  const there = (user: WireUser): WireUser => wireUser(second.url, user.token, user.userId);

  const watching = listen(ann!, roomId, ['OCCUPANCY']);
  const usual = listen(there(ben!), roomId, null);
  const others = [listen(there(cho!), roomId, ['MESSAGES']), listen(there(cho!), roomId, ['OCCUPANCY'])];
  await until(() => watching.last()?.connected === 3, 'three are connected');
  expect(watching.last()).toEqual({ connected: 3, members: 3 });
  for (const user of [ann!, there(ben!)])
    await until(async () => (await occupancyOf(user, roomId)) !== null, 'queries know it');
  expect(await occupancyOf(there(ben!), roomId)).toEqual({ connected: 3, members: 3 });
  expect(await occupancyOf(stranger!, roomId)).toBeNull();

  for (const other of others) other.stop();
  await until(() => watching.last()?.connected === 2, 'one has left');
  await second.kill();
  await until(() => watching.last()?.connected === 1, 'those of a process that died are gone after a time');
  expect(watching.events.every(({ __typename }) => __typename === 'OccupancyChanged')).toBe(true);
  expect(usual.events.filter(({ __typename }) => __typename === 'OccupancyChanged')).toEqual([]);
  for (const each of [watching, usual]) each.stop();
  await first.stop();
}, 120_000);
