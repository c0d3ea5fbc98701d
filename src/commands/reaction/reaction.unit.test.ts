import { given } from '../../../test/support/given.js';
import { created, joined, left, OTHER_ROOM, posted, reacted, ROOM, unreacted } from '../../../test/support/room-events.js';
import { addReaction } from './add-reaction.js';
import { removeReaction } from './remove-reaction.js';
import { MAX_EMOJIS } from './state.js';

const room = [created('ann'), joined('ann'), posted('ann', 1), posted('ann', 2)];
const on = (seq: number | string, emoji = '👍') => ({ roomId: ROOM, messageId: `${ROOM}.${seq}`, emoji });
const full = Array.from({ length: MAX_EMOJIS }, (_, index) => reacted('ann', 1, `:code_${index}:`));

describe.each([
  ['adding', addReaction],
  ['removing', removeReaction],
])('%s a reaction', (_name, command) => {
  test('is refused in a room that does not exist', () => {
    given(...room)
      .when(command, { roomId: OTHER_ROOM, messageId: `${OTHER_ROOM}.1`, emoji: '👍' }, 'ann')
      .thenRejected('ROOM_NOT_FOUND');
  });

  test('is refused to who is no member, before a word on the message', () => {
    given(...room).when(command, on(1), 'bob').thenRejected('NOT_A_MEMBER');
    given(...room).when(command, on(99), 'bob').thenRejected('NOT_A_MEMBER');
    given(...room, reacted('ann', 1, '👍'), left('ann')).when(command, on(1), 'ann').thenRejected('NOT_A_MEMBER');
  });

  test.each([
    ['beyond the last message', `${ROOM}.3`],
    ['number 0', `${ROOM}.0`],
    ['a message of another room', `${OTHER_ROOM}.1`],
    ['a room’s id', ROOM],
    ['a number with a leading zero', `${ROOM}.01`],
    ['a number that no message can have', `${ROOM}.9999999999999999`],
    ['something else', 'hello'],
    ['nothing', ''],
  ])('is refused for %s', (_case, messageId) => {
    given(...room).when(command, { ...on(1), messageId }, 'ann').thenRejected('MESSAGE_NOT_FOUND');
  });
});

describe('adding a reaction', () => {
  test('puts the emoji on the message', () => {
    given(...room).when(addReaction, on(2), 'ann').thenEvents(reacted('ann', 2, '👍'));
  });

  test('an id in upper case names the same message', () => {
    given(...room)
      .when(addReaction, { roomId: ROOM.toUpperCase(), messageId: `${ROOM.toUpperCase()}.2`, emoji: '👍' }, 'ann')
      .thenEvents(reacted('ann', 2, '👍'));
  });

  test('the same emoji again is refused, also in its other spelling', () => {
    given(...room, reacted('ann', 1, '👍')).when(addReaction, on(1), 'ann').thenRejected('ALREADY_REACTED');
    given(...room, reacted('ann', 1, '❤\uFE0F')).when(addReaction, on(1, '❤'), 'ann').thenRejected('ALREADY_REACTED');
  });

  test('a picture in whatever spelling is the one that stands', () => {
    for (const spelling of ['🏳\u200D🌈', '🏳\uFE0F\u200D🌈', '🏳\uFE0F\u200D🌈\uFE0F']) {
      given(...room).when(addReaction, on(1, spelling), 'ann').thenEvents(reacted('ann', 1, '🏳\uFE0F\u200D🌈'));
      given(...room, reacted('ann', 1, '🏳\uFE0F\u200D🌈')).when(addReaction, on(1, spelling), 'ann').thenRejected('ALREADY_REACTED');
      given(...room, reacted('ann', 1, '🏳\uFE0F\u200D🌈')).when(removeReaction, on(1, spelling), 'ann').thenEvents(unreacted('ann', 1, '🏳\uFE0F\u200D🌈'));
    }
  });

  test('one that was stored in a spelling that is not taken any more stands, and can be removed', () => {
    given(...room, reacted('ann', 1, '❤')).when(addReaction, on(1, '❤\uFE0F'), 'ann').thenRejected('ALREADY_REACTED');
    for (const spelling of ['❤', '❤\uFE0F']) given(...room, reacted('ann', 1, '❤')).when(removeReaction, on(1, spelling), 'ann').thenEvents(unreacted('ann', 1, '❤'));
  });

  test('another emoji, another message and another user are each a reaction of their own', () => {
    const history = [...room, joined('bob', 2), reacted('ann', 1, '👍')];
    given(...history).when(addReaction, on(1, '🎉'), 'ann').thenEvents(reacted('ann', 1, '🎉'));
    given(...history).when(addReaction, on(2), 'ann').thenEvents(reacted('ann', 2, '👍'));
    given(...history).when(addReaction, on(1), 'bob').thenEvents(reacted('bob', 1, '👍'));
  });

  test('works again after removing', () => {
    given(...room, reacted('ann', 1, '👍'), unreacted('ann', 1, '👍')).when(addReaction, on(1), 'ann').thenEvents(reacted('ann', 1, '👍'));
  });

  test('one user has at most 20 on one message; one more fits after one was removed', () => {
    expect(MAX_EMOJIS).toBe(20);
    given(...room, ...full.slice(1)).when(addReaction, on(1), 'ann').thenEvents(reacted('ann', 1, '👍'));
    given(...room, ...full).when(addReaction, on(1), 'ann').thenRejected('TOO_MANY_REACTIONS');
    given(...room, ...full).when(addReaction, on(1, ':code_3:'), 'ann').thenRejected('ALREADY_REACTED');
    given(...room, ...full, unreacted('ann', 1, ':code_3:')).when(addReaction, on(1), 'ann').thenEvents(reacted('ann', 1, '👍'));
  });
});

describe('removing a reaction', () => {
  test('takes the emoji off the message', () => {
    given(...room, reacted('ann', 1, '👍'), reacted('ann', 1, '🎉')).when(removeReaction, on(1), 'ann').thenEvents(unreacted('ann', 1, '👍'));
  });

  test('is refused where the user has not put it, or has removed it', () => {
    given(...room).when(removeReaction, on(1), 'ann').thenRejected('REACTION_NOT_FOUND');
    given(...room, reacted('ann', 1, '🎉')).when(removeReaction, on(1), 'ann').thenRejected('REACTION_NOT_FOUND');
    given(...room, reacted('ann', 1, '👍')).when(removeReaction, on(2), 'ann').thenRejected('REACTION_NOT_FOUND');
    given(...room, reacted('ann', 1, '👍'), unreacted('ann', 1, '👍')).when(removeReaction, on(1), 'ann').thenRejected('REACTION_NOT_FOUND');
  });

  test('another’s reaction is not one’s own', () => {
    given(...room, joined('bob', 2), reacted('bob', 1, '👍')).when(removeReaction, on(1), 'ann').thenRejected('REACTION_NOT_FOUND');
  });
});
