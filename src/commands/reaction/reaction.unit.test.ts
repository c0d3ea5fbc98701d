import { decideWith, fold, given, streamOfEvent } from '../../../test/support/given.js';
import { append } from '../../engine/domain/decide.js';
import { userId } from '../../engine/domain/ids.js';
import {
  created,
  joined,
  left,
  OTHER_ROOM,
  posted,
  reacted,
  ROOM,
  unreacted,
} from '../../../test/support/room-events.js';
import { addReaction } from './add-reaction.js';
import { removeReaction } from './remove-reaction.js';
import { MAX_BROUGHT, MAX_PALETTE } from './palette.js';
import { MAX_EMOJIS } from './state.js';
import { reactionAggregate } from './state.js';

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

  test('is refused to strangers, before anything is said about the message', () => {
    given(...room)
      .when(command, on(1), 'bob')
      .thenRejected('NOT_A_MEMBER');
    given(...room)
      .when(command, on(99), 'bob')
      .thenRejected('NOT_A_MEMBER');
    given(...room, reacted('ann', 1, '👍'), left('ann'))
      .when(command, on(1), 'ann')
      .thenRejected('NOT_A_MEMBER');
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
    given(...room)
      .when(command, { ...on(1), messageId }, 'ann')
      .thenRejected('MESSAGE_NOT_FOUND');
  });
});

describe('adding a reaction', () => {
  test('puts the emoji on the message', () => {
    given(...room)
      .when(addReaction, on(2), 'ann')
      .thenEvents(reacted('ann', 2, '👍'));
  });

  test('an id in upper case names the same message', () => {
    given(...room)
      .when(addReaction, { roomId: ROOM.toUpperCase(), messageId: `${ROOM.toUpperCase()}.2`, emoji: '👍' }, 'ann')
      .thenEvents(reacted('ann', 2, '👍'));
  });

  test('the same emoji again is refused, also in its other spelling', () => {
    given(...room, reacted('ann', 1, '👍'))
      .when(addReaction, on(1), 'ann')
      .thenRejected('ALREADY_REACTED');
    given(...room, reacted('ann', 1, '❤\uFE0F'))
      .when(addReaction, on(1, '❤'), 'ann')
      .thenRejected('ALREADY_REACTED');
  });

  test('every spelling of a picture is the same reaction', () => {
    for (const spelling of ['🏳\u200D🌈', '🏳\uFE0F\u200D🌈', '🏳\uFE0F\u200D🌈\uFE0F']) {
      given(...room)
        .when(addReaction, on(1, spelling), 'ann')
        .thenEvents(reacted('ann', 1, '🏳\uFE0F\u200D🌈'));
      given(...room, reacted('ann', 1, '🏳\uFE0F\u200D🌈'))
        .when(addReaction, on(1, spelling), 'ann')
        .thenRejected('ALREADY_REACTED');
      given(...room, reacted('ann', 1, '🏳\uFE0F\u200D🌈'))
        .when(removeReaction, on(1, spelling), 'ann')
        .thenEvents(unreacted('ann', 1, '🏳\uFE0F\u200D🌈'));
    }
  });

  test('one stored in a spelling that is no longer accepted counts, and can be removed', () => {
    given(...room, reacted('ann', 1, '❤'))
      .when(addReaction, on(1, '❤\uFE0F'), 'ann')
      .thenRejected('ALREADY_REACTED');
    for (const spelling of ['❤', '❤\uFE0F'])
      given(...room, reacted('ann', 1, '❤'))
        .when(removeReaction, on(1, spelling), 'ann')
        .thenEvents(unreacted('ann', 1, '❤'));
  });

  test('another emoji, another message and another user are each a reaction of their own', () => {
    const history = [...room, joined('bob', 2), reacted('ann', 1, '👍')];
    given(...history)
      .when(addReaction, on(1, '🎉'), 'ann')
      .thenEvents(reacted('ann', 1, '🎉'));
    given(...history)
      .when(addReaction, on(2), 'ann')
      .thenEvents(reacted('ann', 2, '👍'));
    given(...history)
      .when(addReaction, on(1), 'bob')
      .thenEvents(reacted('bob', 1, '👍'));
  });

  test('works again after removing', () => {
    given(...room, reacted('ann', 1, '👍'), unreacted('ann', 1, '👍'))
      .when(addReaction, on(1), 'ann')
      .thenEvents(reacted('ann', 1, '👍'));
  });

  test('one user has at most 20 on one message; one more fits after one was removed', () => {
    expect(MAX_EMOJIS).toBe(20);
    given(...room, ...full.slice(1))
      .when(addReaction, on(1), 'ann')
      .thenEvents(reacted('ann', 1, '👍'));
    given(...room, ...full)
      .when(addReaction, on(1), 'ann')
      .thenRejected('TOO_MANY_REACTIONS');
    given(...room, ...full)
      .when(addReaction, on(1, ':code_3:'), 'ann')
      .thenRejected('ALREADY_REACTED');
    given(...room, ...full, unreacted('ann', 1, ':code_3:'))
      .when(addReaction, on(1), 'ann')
      .thenEvents(reacted('ann', 1, '👍'));
  });
});

describe('the emojis of a message', () => {
  const users = Array.from({ length: 10 }, (_, n) => `user-${n}`);
  const everyone = [created('ann'), posted('ann', 1), posted('ann', 2), ...users.map((user) => joined(user))];
  /** So many emojis, by users who introduce ten each. */
  const brought = (count: number) =>
    Array.from({ length: count }, (_, n) => reacted(users[Math.floor(n / 10)]!, 1, `:code_${n}:`));

  test('are at most 50 in all; more users can react with those', () => {
    expect(MAX_PALETTE).toBe(50);
    given(...everyone, ...brought(49))
      .when(addReaction, on(1), 'user-9')
      .thenEvents(reacted('user-9', 1, '👍'));
    given(...everyone, ...brought(50))
      .when(addReaction, on(1), 'user-9')
      .thenRejected('TOO_MANY_EMOJIS');
    given(...everyone, ...brought(50))
      .when(addReaction, on(2), 'user-9')
      .thenEvents(reacted('user-9', 2, '👍'));
    given(...everyone, ...brought(50))
      .when(addReaction, on(1, ':code_7:'), 'user-9')
      .thenEvents(reacted('user-9', 1, ':code_7:'));
    given(...everyone, ...brought(50))
      .when(addReaction, on(1, ':code_7:'), 'user-0')
      .thenRejected('ALREADY_REACTED');
  });

  test('cannot be used up by one user who adds and removes', () => {
    const cycle = Array.from({ length: MAX_BROUGHT }, (_, n) => [
      reacted('user-0', 1, `:code_${n}:`),
      unreacted('user-0', 1, `:code_${n}:`),
    ]).flat();
    given(...everyone, ...cycle.slice(0, -2))
      .when(addReaction, on(1), 'user-0')
      .thenEvents(reacted('user-0', 1, '👍'));
    given(...everyone, ...cycle)
      .when(addReaction, on(1), 'user-0')
      .thenRejected('TOO_MANY_EMOJIS');
    given(...everyone, ...cycle)
      .when(addReaction, on(1, ':code_3:'), 'user-0')
      .thenEvents(reacted('user-0', 1, ':code_3:'));
    given(...everyone, ...cycle)
      .when(addReaction, on(1), 'user-1')
      .thenEvents(reacted('user-1', 1, '👍'));
  });

  test('stay when their first user removes them; the first may come again', () => {
    const history = [...everyone, reacted('user-0', 1, '👍'), reacted('user-1', 1, '👍'), unreacted('user-0', 1, '👍')];
    given(...history)
      .when(removeReaction, on(1), 'user-0')
      .thenRejected('REACTION_NOT_FOUND');
    given(...history)
      .when(removeReaction, on(1), 'user-1')
      .thenEvents(unreacted('user-1', 1, '👍'));
    given(...history)
      .when(addReaction, on(1), 'user-0')
      .thenEvents(reacted('user-0', 1, '👍'));
    given(...history, reacted('user-0', 1, '👍'))
      .when(addReaction, on(1), 'user-0')
      .thenRejected('ALREADY_REACTED');
    given(...history, reacted('user-0', 1, '👍'))
      .when(removeReaction, on(1), 'user-0')
      .thenEvents(unreacted('user-0', 1, '👍'));
  });

  test('reactions from before they were counted fold as they are, and more fit', () => {
    const recorded = [...everyone, ...brought(60)].map((event) => append(streamOfEvent(event), event));
    const decide = (emoji: string, by: string) =>
      decideWith(addReaction, on(1, emoji), { by: userId(by) }, (stream) => fold(stream, recorded));
    expect(decide(':code_3:', 'user-0')).toMatchObject({ outcome: 'rejected', rejection: { code: 'ALREADY_REACTED' } });
    expect(decide('👍', 'user-0')).toMatchObject({ outcome: 'accepted' });
    const removal = decideWith(removeReaction, on(1, ':code_3:'), { by: userId('user-0') }, (stream) =>
      fold(stream, recorded),
    );
    expect(removal.events).toEqual([
      append(streamOfEvent(reacted('user-0', 1, ':code_3:')), unreacted('user-0', 1, ':code_3:')),
    ]);
  });
});

describe('removing a reaction', () => {
  test('takes the emoji off the message', () => {
    given(...room, reacted('ann', 1, '👍'), reacted('ann', 1, '🎉'))
      .when(removeReaction, on(1), 'ann')
      .thenEvents(unreacted('ann', 1, '👍'));
  });

  test('is refused where the user has not put it, or has removed it', () => {
    given(...room)
      .when(removeReaction, on(1), 'ann')
      .thenRejected('REACTION_NOT_FOUND');
    given(...room, reacted('ann', 1, '🎉'))
      .when(removeReaction, on(1), 'ann')
      .thenRejected('REACTION_NOT_FOUND');
    given(...room, reacted('ann', 1, '👍'))
      .when(removeReaction, on(2), 'ann')
      .thenRejected('REACTION_NOT_FOUND');
    given(...room, reacted('ann', 1, '👍'), unreacted('ann', 1, '👍'))
      .when(removeReaction, on(1), 'ann')
      .thenRejected('REACTION_NOT_FOUND');
  });

  test('leaves the others, also where another user has introduced the emojis', () => {
    const emojis = ['👍', '🎉', '🔥'];
    const history = [
      ...room,
      joined('bob', 2),
      ...emojis.map((emoji) => reacted('ann', 1, emoji)),
      ...emojis.map((emoji) => reacted('bob', 1, emoji)),
    ];
    for (const user of ['ann', 'bob']) {
      const after = given(...history, unreacted(user, 1, '🎉'));
      after.when(removeReaction, on(1, '🎉'), user).thenRejected('REACTION_NOT_FOUND');
      after.when(removeReaction, on(1, '👍'), user).thenEvents(unreacted(user, 1, '👍'));
      after.when(removeReaction, on(1, '🔥'), user).thenEvents(unreacted(user, 1, '🔥'));
      after.when(addReaction, on(1, '👍'), user).thenRejected('ALREADY_REACTED');
      after.when(addReaction, on(1, '🎉'), user).thenEvents(reacted(user, 1, '🎉'));
    }
  });

  test('another’s reaction is not one’s own', () => {
    given(...room, joined('bob', 2), reacted('bob', 1, '👍'))
      .when(removeReaction, on(1), 'ann')
      .thenRejected('REACTION_NOT_FOUND');
  });
});

test('an event of a newer program is a fault, and is not misread', () => {
  expect(() => reactionAggregate.evolve({ emojis: [] }, { type: 'OfANewerProgram', data: {} } as never)).toThrow(
    'does not know',
  );
});
