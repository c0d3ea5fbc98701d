import { z } from 'zod';
import { accept, append } from '../../engine/domain/decide.js';
import { defineCommand, perUser } from '../define-command.js';
import { reject } from '../rejections.js';
import { notAMember } from '../membership/state.js';
import { inRoom } from '../room/in-room.js';
import { body, roomIdText } from '../text.js';

const schema = z.strictObject({ roomId: roomIdText, body });

/** Posts a message under the room's next number. */
export const sendMessage = defineCommand({
  type: 'SendMessage',
  version: 1,
  rateLimit: perUser(5, 10),
  schema,
  key: (data) => data.roomId,
  reads: (data, command) => inRoom(data, command),
  decide({ data, userId }, states, streams) {
    if (states.room.status !== 'open') return reject('ROOM_NOT_FOUND');
    if (states.membership.status !== 'member') return reject(notAMember(states.membership));
    return accept(
      append(streams.room, {
        type: 'MessagePosted',
        data: { roomId: data.roomId, seq: states.room.lastSeq + 1, authorId: userId, body: data.body },
      }),
    );
  },
});
