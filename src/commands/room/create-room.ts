import { z } from 'zod';
import { accept, append } from '../../engine/domain/decide.js';
import { defineCommand, perUser } from '../define-command.js';
import { reject } from '../rejections.js';
import { inRoom } from './in-room.js';
import { roomIdText, title } from '../text.js';

const schema = z.strictObject({ roomId: roomIdText, title });

/** Opens a room with its creator as the first member. */
export const createRoom = defineCommand({
  type: 'CreateRoom',
  version: 1,
  rateLimit: perUser(2, 30),
  schema,
  key: (data) => data.roomId,
  reads: (data, command) => inRoom(data, command),
  decide({ data, userId }, states, streams) {
    // The room's id is derived from the commandId: an existing room means that the id was used before.
    if (states.room.status !== 'absent') return reject('COMMAND_ID_REUSED');
    return accept(
      append(streams.room, {
        type: 'RoomCreated',
        data: { roomId: data.roomId, title: data.title, createdBy: userId },
      }),
      append(streams.membership, { type: 'MemberJoined', data: { roomId: data.roomId, userId, seq: 0 } }),
    );
  },
});
