import { fold, given, placed } from '../../../test/support/given.js';
import { created, joined, left, posted, ROOM } from '../../../test/support/room-events.js';
import { createRoom } from './create-room.js';
import { roomAggregate, roomStream } from './state.js';

describe('creating a room', () => {
  test('opens it with its creator as the first member', () => {
    given()
      .when(createRoom, { roomId: ROOM, title: '  마당  ' }, 'ann')
      .thenEvents(created('ann', '마당'), joined('ann', 0));
  });

  test('an existing room’s id is refused, also for its creator and after leaving', () => {
    given(created('ann'), joined('ann'))
      .when(createRoom, { roomId: ROOM, title: 'Room' }, 'bob')
      .thenRejected('COMMAND_ID_REUSED');
    given(created('ann'), joined('ann'))
      .when(createRoom, { roomId: ROOM, title: 'Room' }, 'ann')
      .thenRejected('COMMAND_ID_REUSED');
    given(created('ann'), joined('ann'), left('ann'))
      .when(createRoom, { roomId: ROOM, title: 'Room' }, 'ann')
      .thenRejected('COMMAND_ID_REUSED');
  });

  test('the id is partitioned and stored in lower case', () => {
    const data = createRoom.schema.parse({ roomId: ROOM.toUpperCase(), title: 'Room' });
    expect(createRoom.key(data)).toBe(ROOM);
  });
});

test('a room counts its messages from 1', () => {
  const state = (...messages: readonly number[]) =>
    fold(roomStream(ROOM), placed(created('ann'), ...messages.map((seq) => posted('ann', seq))));
  expect(fold(roomStream(ROOM), [])).toEqual({ status: 'absent' });
  expect(state()).toEqual({ status: 'open', lastSeq: 0 });
  expect(state(1, 2)).toEqual({ status: 'open', lastSeq: 2 });
});

test('an event of a newer program is a fault, and is not misread', () => {
  expect(() =>
    roomAggregate.evolve({ status: 'open', lastSeq: 1 }, { type: 'OfANewerProgram', data: {} } as never),
  ).toThrow('does not know');
});
