import { randomBytes } from 'node:crypto';
import { position, userId } from '../../engine/domain/ids.js';
import { roomId } from '../../events/ids.js';
import { createCursorSigner } from '../../engine/gateway/signed-cursor.js';
import { messageCursors } from '../message/history.js';
import { memberCursors, roomCursors } from '../room/cursors.js';
import { cursorsOf } from './cursors.js';

const cursorSigner = createCursorSigner(randomBytes(32));
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
  expect(messageCursors(cursorSigner, room).open('after', messageCursors(cursorSigner, room).sign(42))).toBe(42);
  expect(memberCursors(cursorSigner, room).open('after', memberCursors(cursorSigner, room).sign(member))).toEqual(
    member,
  );
  expect(
    roomCursors(cursorSigner).open('after', roomCursors(cursorSigner).sign({ createdAt: joinedAt, id: room })),
  ).toEqual({
    createdAt: joinedAt,
    id: room,
  });
});

test('no cursor is no place', () => {
  expect([
    messageCursors(cursorSigner, room).open('after', null),
    messageCursors(cursorSigner, room).open('after', undefined),
  ]).toEqual([null, null]);
});

test('a cursor of another room, list or deployment, or a made-up one, is refused', () => {
  const cursors = messageCursors(cursorSigner, room);
  const foreign = [
    messageCursors(cursorSigner, other).sign(42),
    memberCursors(cursorSigner, room).sign({ joinedAt: new Date(0), userId: userId('u') }),
    messageCursors(createCursorSigner(randomBytes(32)), room).sign(42),
    cursorSigner.position({ partition: 0, position: position(42) }),
    '42',
    '',
  ];
  for (const cursor of foreign) expect(thrown(() => cursors.open('after', cursor))).toEqual(refused);
});

test('a fault of the reading is not taken for a broken cursor', () => {
  const cursors = cursorsOf(cursorSigner, 'list', String, () => {
    throw new TypeError('a fault');
  });
  expect(thrown(() => cursors.open('after', cursors.sign(1)))).toEqual(new TypeError('a fault'));
});
