import { given } from '../../../test/support/given.js';
import { OTHER_ROOM, ROOM, created, erased, joined, left, posted } from '../../../test/support/room-events.js';
import { addReaction } from '../reaction/add-reaction.js';
import { sendMessage } from '../message/send-message.js';
import { eraseMember } from './erase-member.js';
import { joinRoom } from './join-room.js';
import { leaveRoom } from './leave-room.js';
import { markRead } from './mark-read.js';

const room = [created('ben'), joined('ann'), posted('ann', 1)];

describe('erasing a member', () => {
  test('a present member leaves first', () =>
    given(...room)
      .when(eraseMember, { roomId: ROOM }, 'ann')
      .thenEvents(left('ann'), erased('ann')));
  test('a former member is erased for ever', () =>
    given(...room, left('ann'))
      .when(eraseMember, { roomId: ROOM }, 'ann')
      .thenEvents(erased('ann')));
  test('in a room that does not exist, it changes nothing', () =>
    given(...room)
      .when(eraseMember, { roomId: OTHER_ROOM }, 'ann')
      .thenNothing());
  test('a second time changes nothing', () =>
    given(...room, left('ann'), erased('ann'))
      .when(eraseMember, { roomId: ROOM }, 'ann')
      .thenNothing());
});

test('every later command of an erased member is refused', () => {
  const after = given(...room, left('ann'), erased('ann'));
  after.when(sendMessage, { roomId: ROOM, body: 'late' }, 'ann').thenRejected('ACCOUNT_DELETED');
  after.when(joinRoom, { roomId: ROOM }, 'ann').thenRejected('ACCOUNT_DELETED');
  after.when(leaveRoom, { roomId: ROOM }, 'ann').thenRejected('ACCOUNT_DELETED');
  after.when(markRead, { roomId: ROOM, seq: 1 }, 'ann').thenRejected('ACCOUNT_DELETED');
  after.when(addReaction, { roomId: ROOM, messageId: `${ROOM}.1`, emoji: '👍' }, 'ann').thenRejected('ACCOUNT_DELETED');
});

test('other members are not affected', () =>
  given(...room, left('ann'), erased('ann'), joined('ben', 1))
    .when(sendMessage, { roomId: ROOM, body: 'hi' }, 'ben')
    .thenEvents(posted('ben', 2, 'hi')));
