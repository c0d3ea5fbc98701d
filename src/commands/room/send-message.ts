import { z } from 'zod';
import { accept, append, defineCommand, reject } from '../decide.js';
import { membershipStream } from '../membership/state.js';
import { body, roomIdText } from '../text.js';
import { roomStream } from './state.js';

const schema = z.strictObject({ roomId: roomIdText, body });

/** Posts a message under the room's next number. */
export const sendMessage = defineCommand({
  type: 'SendMessage',
  version: 1,
  schema,
  key: (data) => data.roomId,
  reads: (data, { userId }) => ({ room: roomStream(data.roomId), membership: membershipStream(data.roomId, userId) }),
  decide({ data, userId }, states, streams) {
    if (states.room.status !== 'open') return reject('ROOM_NOT_FOUND');
    if (states.membership.status !== 'member') return reject('NOT_A_MEMBER');
    return accept(
      append(streams.room, {
        type: 'MessagePosted',
        data: { roomId: data.roomId, seq: states.room.lastSeq + 1, authorId: userId, body: data.body },
      }),
    );
  },
});
