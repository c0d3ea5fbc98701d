import { given } from '../../../test/support/given.js';
import { created, joined, left, OTHER_ROOM, posted, ROOM } from '../../../test/support/room-events.js';
import { sendMessage } from './send-message.js';

const room = [created('ann'), joined('ann')];

describe('sending a message', () => {
  test('the first has number 1', () => {
    given(...room)
      .when(sendMessage, { roomId: ROOM, body: 'hi' }, 'ann')
      .thenEvents(posted('ann', 1, 'hi'));
  });

  test('the next has the next number, from any sender', () => {
    given(...room, joined('bob'), posted('ann', 1), posted('bob', 2))
      .when(sendMessage, { roomId: ROOM, body: 'hi' }, 'bob')
      .thenEvents(posted('bob', 3, 'hi'));
  });

  test('the text is kept as it was sent', () => {
    given(...room)
      .when(sendMessage, { roomId: ROOM, body: '  a\n\tb  ' }, 'ann')
      .thenEvents(posted('ann', 1, '  a\n\tb  '));
  });

  test('is refused in a room that does not exist', () => {
    given(...room)
      .when(sendMessage, { roomId: OTHER_ROOM, body: 'hi' }, 'ann')
      .thenRejected('ROOM_NOT_FOUND');
  });

  test('is refused to users who never joined or who have left', () => {
    given(...room)
      .when(sendMessage, { roomId: ROOM, body: 'hi' }, 'bob')
      .thenRejected('NOT_A_MEMBER');
    given(...room, left('ann'))
      .when(sendMessage, { roomId: ROOM, body: 'hi' }, 'ann')
      .thenRejected('NOT_A_MEMBER');
  });
});
