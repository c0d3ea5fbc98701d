import type { RecordedEvent } from '../events/event.js';
import type { UserId } from '../events/ids.js';
import { commandId, position, roomId, streamId, traceId, userId } from '../events/ids.js';
import { createMemberships } from './memberships.js';

const ROOM = roomId('6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01');
const ANN = userId('ann');

function moved(type: 'MemberLeft' | 'MemberJoined', at: number, user: UserId): RecordedEvent {
  return {
    partition: 0,
    position: position(at),
    key: ROOM,
    stream: streamId(`member-${user}`),
    version: 1,
    event: type === 'MemberLeft' ? { type, data: { roomId: ROOM, userId: user } } : { type, data: { roomId: ROOM, userId: user, seq: 1 } },
    commandId: commandId('c'),
    traceId: traceId('t'),
    at: new Date(0),
  };
}

/** A room of one partition, of which the read model and the fan-out each know their part. */
function site() {
  const asked: (readonly string[])[] = [];
  const state = { members: new Set<string>([ANN]), heard: 5, caughtUp: () => Promise.resolve(true), reached: true, answered: () => Promise.resolve() };
  const memberships = createMemberships({
    members: {
      async areMembers(pairs) {
        asked.push(pairs.map((pair) => pair.userId));
        const answers = pairs.map((pair) => state.members.has(pair.userId));
        await state.answered();
        return answers;
      },
    },
    fanOut: { position: () => position(state.heard), caughtUp: () => state.caughtUp() },
    progress: { reached: () => Promise.resolve(state.reached) },
    partitions: 1,
  });
  const hear = (type: 'MemberLeft' | 'MemberJoined', user = ANN): void => {
    memberships.happened([moved(type, ++state.heard, user)]);
  };
  return { asked, state, memberships, hear };
}

test('a member is remembered, a stranger never is', async () => {
  const { asked, memberships } = site();
  for (const user of [ANN, ANN, userId('bob'), userId('bob')]) await memberships.isMember(ROOM, user);
  expect(asked).toEqual([['ann'], ['bob'], ['bob']]);
  expect([memberships.isKnown(ROOM, ANN), memberships.isKnown(ROOM, userId('bob'))]).toEqual([true, false]);
});

test('those who ask in the same moment are asked about together', async () => {
  const { asked, memberships } = site();
  expect(await Promise.all(['ann', 'bob', 'cid'].map((user) => memberships.isMember(ROOM, userId(user))))).toEqual([true, false, false]);
  expect(asked).toEqual([['ann', 'bob', 'cid']]);
});

test('who left is refused as soon as that is heard of, whatever a read model says that lags, and let in again after coming back', async () => {
  const { asked, memberships, hear } = site();
  await memberships.isMember(ROOM, ANN);
  hear('MemberLeft');
  expect([memberships.isKnown(ROOM, ANN), await memberships.isMember(ROOM, ANN), asked.length]).toEqual([false, false, 1]);
  hear('MemberJoined');
  expect([await memberships.isMember(ROOM, ANN), memberships.isKnown(ROOM, ANN), asked.length]).toEqual([true, true, 2]);
});

test('others who leave take nothing from a member', async () => {
  const { memberships, hear } = site();
  await memberships.isMember(ROOM, ANN);
  hear('MemberLeft', userId('bob'));
  expect(memberships.isKnown(ROOM, ANN)).toBe(true);
});

test('who has left elsewhere is waited to be heard of', async () => {
  const { state, memberships, hear } = site();
  await memberships.isMember(ROOM, ANN);
  state.members.delete(ANN);
  state.caughtUp = () => {
    hear('MemberLeft');
    return Promise.resolve(true);
  };
  expect(await memberships.isMember(ROOM, ANN)).toBe(false);
});

test('nothing is believed while events that are stored are not heard of', async () => {
  const { asked, state, memberships } = site();
  await memberships.isMember(ROOM, ANN);
  state.caughtUp = () => Promise.resolve(false);
  state.members.delete(ANN);
  expect(await memberships.isMember(ROOM, ANN)).toBe(false);
  expect(asked).toHaveLength(2);
});

test('a "yes" of a read model that has not got to what was heard is not remembered', async () => {
  const { state, memberships } = site();
  state.reached = false;
  expect([await memberships.isMember(ROOM, ANN), memberships.isKnown(ROOM, ANN)]).toEqual([true, false]);
});

test('a "yes" that was read before a leaving, and arrives after it, is not remembered', async () => {
  const { state, memberships, hear } = site();
  state.answered = () => {
    hear('MemberLeft');
    return Promise.resolve();
  };
  await memberships.isMember(ROOM, ANN);
  expect([memberships.isKnown(ROOM, ANN), await memberships.isMember(ROOM, ANN)]).toEqual([false, false]);
});
