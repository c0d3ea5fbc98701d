import { randomBytes } from 'node:crypto';
import { position, userId } from '../../engine/domain/ids.js';
import { roomId } from '../../events/ids.js';
import { createCursorSigner } from '../../engine/gateway/signed-cursor.js';
import { messageCursors } from '../message/history.js';
import { memberCursors, roomCursors } from '../room/cursors.js';

const seal = createCursorSigner(randomBytes(32));
const room = roomId('6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01');
const other = roomId('6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c02');
const refused = expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT', field: 'after' } });

const thrown = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

test('a cursor comes back as the place that it was', () => {
  const joinedAt = new Date('2026-01-02T03:04:05.678Z');
  const member = { joinedAt, userId: userId('auth0|a b') };
  expect(messageCursors(seal, room).open('after', messageCursors(seal, room).seal(42))).toBe(42);
  expect(memberCursors(seal, room).open('after', memberCursors(seal, room).seal(member))).toEqual(member);
  expect(roomCursors(seal).open('after', roomCursors(seal).seal({ createdAt: joinedAt, id: room }))).toEqual({
    createdAt: joinedAt,
    id: room,
  });
});

test('no cursor is no place', () => {
  expect([messageCursors(seal, room).open('after', null), messageCursors(seal, room).open('after', undefined)]).toEqual(
    [null, null],
  );
});

test('a cursor of another room, another list, another deployment or nobody is refused', () => {
  const cursors = messageCursors(seal, room);
  const foreign = [
    messageCursors(seal, other).seal(42),
    memberCursors(seal, room).seal({ joinedAt: new Date(0), userId: userId('u') }),
    messageCursors(createCursorSigner(randomBytes(32)), room).seal(42),
    seal.position({ partition: 0, position: position(42) }),
    '42',
    '',
  ];
  for (const cursor of foreign) expect(thrown(() => cursors.open('after', cursor))).toEqual(refused);
});
