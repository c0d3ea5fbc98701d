import { partitionOf } from '../../engine/log/partitioning.js';
import type { RecordedEvent } from '../../events/event.js';
import type { UserId } from '../../engine/domain/ids.js';
import { commandId, position, streamId, traceId, userId } from '../../engine/domain/ids.js';
import { roomId } from '../../events/ids.js';
import { UnreadableEventError } from '../../engine/domain/upcast.js';
import type { Memberships } from './memberships.js';
import { createMemberships } from './memberships.js';

const ROOM = roomId('6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01');
const OTHER_ROOM = roomId('6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c02');
const ANN = userId('ann');

type Moved = 'MemberLeft' | 'MemberJoined';

function moved(type: Moved, at: number, user: UserId): RecordedEvent {
  return {
    partition: 0,
    position: position(at),
    key: ROOM,
    stream: streamId(`member-${user}`),
    version: 1,
    event:
      type === 'MemberLeft'
        ? { type, data: { roomId: ROOM, userId: user } }
        : { type, data: { roomId: ROOM, userId: user, seq: 1 } },
    commandId: commandId('c'),
    traceId: traceId('t'),
    at: new Date(0),
  };
}

/** Rooms of which the read model and the fan-out each know a part. */
function site(partitions = 1) {
  const asked: (readonly string[])[] = [];
  const state = {
    members: new Set<string>([ANN]),
    delivered: 5,
    had: Number.MAX_SAFE_INTEGER,
    caughtUp: () => Promise.resolve(true),
    answered: () => Promise.resolve(),
  };
  const memberships = createMemberships({
    members: {
      async areMembers(pairs) {
        asked.push(pairs.map((pair) => pair.userId));
        const answers = pairs.map((pair) => state.members.has(pair.userId));
        await state.answered();
        return answers;
      },
    },
    fanOut: { position: () => position(state.delivered), caughtUp: () => state.caughtUp() },
    progress: { known: () => position(state.had), reached: ({ position: at }) => Promise.resolve(state.had >= at) },
    partitions,
  });
  const deliver = (type: Moved, user = ANN): void => {
    memberships.onEvents([moved(type, ++state.delivered, user)]);
  };
  return { asked, state, memberships, deliver };
}

/** It was a leaving, but of a version that is newer than this program. */
function deliverUnreadable(state: { delivered: number }, memberships: Memberships): void {
  const { event, ...envelope } = moved('MemberLeft', ++state.delivered, ANN);
  memberships.onEvents([
    {
      ...envelope,
      unreadable: new UnreadableEventError('newer than this program'),
      stored: { type: event.type, schema: 9, data: event.data },
    },
  ]);
}

test('a member is remembered, a stranger never is', async () => {
  const { asked, memberships } = site();
  const answers: boolean[] = [];
  for (const user of [ANN, ANN, userId('bob'), userId('bob')]) answers.push(await memberships.isMember(ROOM, user));
  expect(answers).toEqual([true, true, false, false]);
  expect(asked).toEqual([['ann'], ['bob'], ['bob']]);
  expect([memberships.isKnown(ROOM, ANN), memberships.isKnown(ROOM, userId('bob'))]).toEqual([true, false]);
});

test('callers of the same moment share one query', async () => {
  const { asked, memberships } = site();
  expect(await Promise.all(['ann', 'bob', 'cid'].map((user) => memberships.isMember(ROOM, userId(user))))).toEqual([
    true,
    false,
    false,
  ]);
  expect(asked).toEqual([['ann', 'bob', 'cid']]);
});

test('a member who left is refused from the event on, until coming back', async () => {
  const { asked, memberships, deliver } = site();
  await memberships.isMember(ROOM, ANN);
  deliver('MemberLeft');
  expect([memberships.isKnown(ROOM, ANN), await memberships.isMember(ROOM, ANN), asked.length]).toEqual([
    false,
    false,
    1,
  ]);
  deliver('MemberJoined');
  expect([await memberships.isMember(ROOM, ANN), memberships.isKnown(ROOM, ANN), asked.length]).toEqual([
    true,
    true,
    2,
  ]);
});

test('the leaving of other members changes nothing for a member', async () => {
  const { memberships, deliver } = site();
  await memberships.isMember(ROOM, ANN);
  deliver('MemberLeft', userId('bob'));
  expect(memberships.isKnown(ROOM, ANN)).toBe(true);
});

test('a leaving through another server is waited for', async () => {
  const { state, memberships, deliver } = site();
  await memberships.isMember(ROOM, ANN);
  state.members.delete(ANN);
  state.caughtUp = () => {
    deliver('MemberLeft');
    return Promise.resolve(true);
  };
  expect(await memberships.isMember(ROOM, ANN)).toBe(false);
});

test('memory is not believed while stored events are not delivered', async () => {
  const { asked, state, memberships } = site();
  await memberships.isMember(ROOM, ANN);
  state.caughtUp = () => Promise.resolve(false);
  state.members.delete(ANN);
  expect(await memberships.isMember(ROOM, ANN)).toBe(false);
  expect(asked).toHaveLength(2);
});

test('a "yes" of a read model behind the first delivered event is not remembered', async () => {
  const { state, memberships, deliver } = site();
  state.had = 4;
  deliver('MemberLeft', userId('bob'));
  expect([await memberships.isMember(ROOM, ANN), memberships.isKnown(ROOM, ANN)]).toEqual([true, false]);
});

test('a "yes" does not wait for a read model behind the delivered events', async () => {
  const { state, memberships, deliver } = site();
  state.members.add('bob');
  state.had = 5;
  deliver('MemberLeft', userId('bob'));
  expect([await memberships.isMember(ROOM, ANN), memberships.isKnown(ROOM, ANN)]).toEqual([true, true]);
  expect(await memberships.isMember(ROOM, userId('bob'))).toBe(false);
});

test('a "no" waits for the delivered events: the user may have just joined', async () => {
  const { state, memberships, deliver } = site();
  state.had = 5;
  deliver('MemberJoined', userId('bob'));
  state.answered = () => {
    state.had = 6;
    state.members.add('bob');
    return Promise.resolve();
  };
  expect([await memberships.isMember(ROOM, userId('bob')), memberships.isKnown(ROOM, userId('bob'))]).toEqual([
    true,
    true,
  ]);
});

test('a read model must hold the leaving of a member who was forgotten', async () => {
  const { state, memberships, deliver } = site();
  state.had = 5;
  state.members.add('first');
  deliver('MemberLeft', userId('first'));
  for (let left = 0; left < 20_000; left++) deliver('MemberLeft', userId(`user-${left}`));
  await memberships.isMember(ROOM, userId('first'));
  expect(memberships.isKnown(ROOM, userId('first'))).toBe(false);
  state.had = 6;
  await memberships.isMember(ROOM, ANN);
  expect(memberships.isKnown(ROOM, ANN)).toBe(true);
});

test('a read model must hold an event that cannot be read: it may be a leaving', async () => {
  const { state, memberships } = site();
  state.had = 5;
  deliverUnreadable(state, memberships);
  await memberships.isMember(ROOM, ANN);
  expect(memberships.isKnown(ROOM, ANN)).toBe(false);
  state.had = 6;
  await memberships.isMember(ROOM, ANN);
  expect(memberships.isKnown(ROOM, ANN)).toBe(true);
});

test('a read model must hold an unreadable event also when an older leave is forgotten', async () => {
  const { state, memberships, deliver } = site();
  deliver('MemberLeft', userId('first'));
  deliverUnreadable(state, memberships);
  for (let left = 0; left < 20_000; left++) deliver('MemberLeft', userId(`user-${left}`));
  state.had = 6;
  await memberships.isMember(ROOM, ANN);
  expect(memberships.isKnown(ROOM, ANN)).toBe(false);
});

test('a "yes" is not remembered where an event that cannot be read comes before it', async () => {
  const { state, memberships } = site();
  state.had = 5;
  state.answered = () => {
    deliverUnreadable(state, memberships);
    return Promise.resolve();
  };
  await memberships.isMember(ROOM, ANN);
  expect(memberships.isKnown(ROOM, ANN)).toBe(false);
});

test('an unreadable event makes the members of its room unknown, and no others', async () => {
  const { state, memberships } = site();
  for (const room of [ROOM, OTHER_ROOM]) await memberships.isMember(room, ANN);
  deliverUnreadable(state, memberships);
  expect([ROOM, OTHER_ROOM].map((room) => memberships.isKnown(room, ANN))).toEqual([false, true]);
});

test('events about other things change nothing', async () => {
  const { state, memberships } = site();
  await memberships.isMember(ROOM, ANN);
  const { event: _event, ...envelope } = moved('MemberLeft', ++state.delivered, ANN);
  const posted = { type: 'MessagePosted', data: { roomId: ROOM, seq: 1, authorId: ANN, body: 'hi' } } as const;
  memberships.onEvents([{ ...envelope, event: posted }]);
  expect(memberships.isKnown(ROOM, ANN)).toBe(true);
});

test('a "no" of a read model that has all delivered events is final', async () => {
  const { asked, state, memberships, deliver } = site();
  deliver('MemberLeft', userId('cid'));
  state.had = state.delivered;
  expect([await memberships.isMember(ROOM, userId('bob')), asked.length]).toEqual([false, 1]);
  // As is that of one which had to hold them.
  const later = site();
  later.state.had = 4;
  expect([await later.memberships.isMember(ROOM, userId('bob')), later.asked.length]).toEqual([false, 1]);
});

test('a member who left and came back need not be in the read model again', async () => {
  const { state, memberships, deliver } = site();
  state.had = 5;
  deliver('MemberLeft');
  deliver('MemberJoined');
  expect([await memberships.isMember(ROOM, ANN), memberships.isKnown(ROOM, ANN)]).toEqual([true, true]);
});

describe('a log that went back in time', () => {
  test('makes the members and leavers of its partition unknown, and no others', async () => {
    const { asked, memberships, deliver } = site(2);
    const [of, others] = [partitionOf(ROOM, 2), partitionOf(OTHER_ROOM, 2)];
    expect(of).not.toBe(others);
    for (const room of [ROOM, OTHER_ROOM]) await memberships.isMember(room, ANN);
    deliver('MemberLeft', userId('bob'));
    memberships.forked(of, position(5));
    expect([ROOM, OTHER_ROOM].map((room) => memberships.isKnown(room, ANN))).toEqual([false, true]);
    await memberships.isMember(ROOM, userId('bob'));
    expect(asked.at(-1)).toEqual(['bob']);
    memberships.forked(others, position(5));
    expect(memberships.isKnown(OTHER_ROOM, ANN)).toBe(false);
  });

  test('while the read model is asked, lets no answer be remembered', async () => {
    const { state, memberships } = site();
    state.answered = () => Promise.resolve(memberships.forked(0, position(3)));
    expect([await memberships.isMember(ROOM, ANN), memberships.isKnown(ROOM, ANN)]).toEqual([true, false]);
  });
});

test('an undelivered return is let in once the read model holds the leaving', async () => {
  const { state, memberships, deliver } = site();
  deliver('MemberLeft');
  state.caughtUp = () => Promise.resolve(false);
  state.had = 5;
  expect(await memberships.isMember(ROOM, ANN)).toBe(false);
  state.had = 7;
  expect([await memberships.isMember(ROOM, ANN), memberships.isKnown(ROOM, ANN)]).toEqual([true, false]);
});

test('a "yes" that was read before a leaving, and arrives after it, is not remembered', async () => {
  const { state, memberships, deliver } = site();
  state.answered = () => {
    deliver('MemberLeft');
    return Promise.resolve();
  };
  await memberships.isMember(ROOM, ANN);
  expect([memberships.isKnown(ROOM, ANN), await memberships.isMember(ROOM, ANN)]).toEqual([false, false]);
});

describe('whether a user still is a member, after a read', () => {
  const at = (n: number) => position(n);

  test('is known from memory once all events of the read are delivered', async () => {
    const { asked, state, memberships } = site();
    expect(await memberships.isStill(ROOM, ANN, at(5))).toBe(true);
    expect([await memberships.isStill(ROOM, ANN, at(5)), asked.length]).toEqual([true, 1]);
    expect([memberships.isKnown(ROOM, ANN, at(5)), memberships.isKnown(ROOM, ANN, at(6))]).toEqual([true, false]);
    state.members.delete(ANN);
    expect([await memberships.isStill(ROOM, ANN, at(6)), asked.length]).toEqual([false, 2]);
  });

  test('is not known from a read model and events that have less than the read', async () => {
    const { state, memberships } = site();
    state.had = 6;
    state.caughtUp = () => Promise.resolve(false);
    expect([await memberships.isStill(ROOM, ANN, at(7)), await memberships.isStill(ROOM, ANN, at(6))]).toEqual([
      null,
      true,
    ]);
    state.members.delete(ANN);
    expect(await memberships.isStill(ROOM, ANN, at(7))).toBeNull();
  });

  test('is known from a read model that is behind, once its events are delivered', async () => {
    const { asked, state, memberships } = site();
    state.had = 5;
    await memberships.isMember(ROOM, userId('bob'));
    state.caughtUp = () => {
      state.delivered = 7;
      return Promise.resolve(true);
    };
    expect([await memberships.isStill(ROOM, ANN, at(7)), asked.length]).toEqual([true, 2]);
    state.delivered = 9;
    expect([await memberships.isStill(ROOM, ANN, at(9)), asked.length]).toEqual([true, 2]);
  });

  test('is known from memory that waits for the events of the read', async () => {
    const { asked, state, memberships } = site();
    await memberships.isMember(ROOM, ANN);
    state.had = 5;
    state.caughtUp = () => {
      state.delivered = 7;
      return Promise.resolve(true);
    };
    expect([await memberships.isStill(ROOM, ANN, at(7)), asked.length]).toEqual([true, 1]);
  });

  test('is not known where the leaving was delivered and the read model is behind', async () => {
    const { state, memberships, deliver } = site();
    await memberships.isMember(ROOM, userId('bob'));
    state.had = 5;
    deliver('MemberLeft');
    expect(await memberships.isStill(ROOM, ANN, at(6))).toBeNull();
  });

  test('a "no" of a read model that is behind is asked again', async () => {
    const { asked, state, memberships } = site();
    await memberships.isMember(ROOM, userId('bob'));
    state.delivered = 7;
    state.members.delete(ANN);
    state.answered = () => {
      state.members.add(ANN);
      return Promise.resolve();
    };
    expect([await memberships.isStill(ROOM, ANN, at(7)), asked.length]).toEqual([true, 3]);
  });

  test('is no where the leaving is delivered while the read model is asked', async () => {
    const { state, memberships, deliver } = site();
    state.answered = () => Promise.resolve(deliver('MemberLeft'));
    expect(await memberships.isStill(ROOM, ANN, at(5))).toBe(false);
    expect(memberships.isKnown(ROOM, ANN)).toBe(false);
  });

  test('is yes for a return that is not delivered yet, and is asked again', async () => {
    const { asked, memberships, deliver } = site();
    deliver('MemberLeft');
    expect(await memberships.isStill(ROOM, ANN, at(7))).toBe(true);
    expect([memberships.isKnown(ROOM, ANN), await memberships.isStill(ROOM, ANN, at(7)), asked.length]).toEqual([
      false,
      true,
      2,
    ]);
    // A read model that holds the leaving says "yes" because of the return.
    expect(await memberships.isStill(ROOM, ANN, at(6))).toBe(true);
    // The read model may hold less than the leaving, as the read does.
    expect(await memberships.isStill(ROOM, ANN, at(5))).toBe(false);
  });

  test('is not known of a log that went back in time meanwhile', async () => {
    const { state, memberships } = site();
    state.answered = () => Promise.resolve(memberships.forked(0, at(3)));
    expect([await memberships.isStill(ROOM, ANN, at(5)), memberships.isKnown(ROOM, ANN)]).toEqual([null, false]);
  });
});
