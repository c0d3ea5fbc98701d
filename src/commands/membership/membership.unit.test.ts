import { given } from '../../../test/support/given.js';
import { created, joined, left, OTHER_ROOM, posted, read, ROOM } from '../../../test/support/room-events.js';
import { joinRoom } from './join-room.js';
import { leaveRoom } from './leave-room.js';
import { markRead } from './mark-read.js';
import { membershipAggregate } from './state.js';

const room = [created('ann'), joined('ann'), posted('ann', 1), posted('ann', 2)];

describe('joining a room', () => {
  test('starts reading at the last message: earlier ones are not unread', () => {
    given(...room)
      .when(joinRoom, { roomId: ROOM }, 'bob')
      .thenEvents(joined('bob', 2));
  });

  test('works again after leaving', () => {
    given(...room, joined('bob', 2), left('bob'), posted('ann', 3))
      .when(joinRoom, { roomId: ROOM }, 'bob')
      .thenEvents(joined('bob', 3));
  });

  test('is refused in a room that does not exist', () => {
    given(...room)
      .when(joinRoom, { roomId: OTHER_ROOM }, 'bob')
      .thenRejected('ROOM_NOT_FOUND');
  });

  test('is refused to a member, such as the creator', () => {
    given(...room)
      .when(joinRoom, { roomId: ROOM }, 'ann')
      .thenRejected('ALREADY_A_MEMBER');
    given(...room, joined('bob', 2))
      .when(joinRoom, { roomId: ROOM }, 'bob')
      .thenRejected('ALREADY_A_MEMBER');
  });
});

describe('leaving a room', () => {
  test('ends the membership, also the creator’s', () => {
    given(...room)
      .when(leaveRoom, { roomId: ROOM }, 'ann')
      .thenEvents(left('ann'));
  });

  test('is refused in a room that does not exist', () => {
    given(...room)
      .when(leaveRoom, { roomId: OTHER_ROOM }, 'ann')
      .thenRejected('ROOM_NOT_FOUND');
  });

  test('is refused to users who never joined or who have left', () => {
    given(...room)
      .when(leaveRoom, { roomId: ROOM }, 'bob')
      .thenRejected('NOT_A_MEMBER');
    given(...room, left('ann'))
      .when(leaveRoom, { roomId: ROOM }, 'ann')
      .thenRejected('NOT_A_MEMBER');
  });
});

describe('marking as read', () => {
  test('moves the mark up to the last message', () => {
    given(...room)
      .when(markRead, { roomId: ROOM, seq: 2 }, 'ann')
      .thenEvents(read('ann', 2));
    given(...room, read('ann', 1))
      .when(markRead, { roomId: ROOM, seq: 2 }, 'ann')
      .thenEvents(read('ann', 2));
  });

  test('at or below the mark changes nothing', () => {
    given(...room, read('ann', 2))
      .when(markRead, { roomId: ROOM, seq: 2 }, 'ann')
      .thenNothing();
    given(...room, read('ann', 2))
      .when(markRead, { roomId: ROOM, seq: 1 }, 'ann')
      .thenNothing();
    given(...room)
      .when(markRead, { roomId: ROOM, seq: 0 }, 'ann')
      .thenNothing();
    given(...room, joined('bob', 2))
      .when(markRead, { roomId: ROOM, seq: 2 }, 'bob')
      .thenNothing();
  });

  test('is refused beyond the last message', () => {
    given(...room)
      .when(markRead, { roomId: ROOM, seq: 3 }, 'ann')
      .thenRejected('SEQ_OUT_OF_RANGE');
  });

  test('is refused in a room that does not exist', () => {
    given(...room)
      .when(markRead, { roomId: OTHER_ROOM, seq: 0 }, 'ann')
      .thenRejected('ROOM_NOT_FOUND');
  });

  test('is refused to strangers, for any number', () => {
    given(...room)
      .when(markRead, { roomId: ROOM, seq: 1 }, 'bob')
      .thenRejected('NOT_A_MEMBER');
    given(...room, left('ann'))
      .when(markRead, { roomId: ROOM, seq: 9 }, 'ann')
      .thenRejected('NOT_A_MEMBER');
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 53, '1'])('%p is no number of a message', (seq) => {
    expect(markRead.schema.safeParse({ roomId: ROOM, seq }).success).toBe(false);
  });
});

test('an event of a newer program is a fault, and is not misread', () => {
  expect(() =>
    membershipAggregate.evolve({ status: 'outside' }, { type: 'OfANewerProgram', data: {} } as never),
  ).toThrow('does not know');
});
