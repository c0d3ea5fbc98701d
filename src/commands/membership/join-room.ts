import { z } from 'zod';
import { accept, append } from '../../engine/domain/decide.js';
import { defineCommand, perUser } from '../define-command.js';
import { reject } from '../rejections.js';
import { inRoom } from '../room/in-room.js';
import { roomIdText } from '../text.js';

const schema = z.strictObject({ roomId: roomIdText });

/** Makes the acting user a member, for the first time or again after leaving. */
export const joinRoom = defineCommand({
  type: 'JoinRoom',
  version: 1,
  rateLimit: perUser(5, 50),
  schema,
  key: (data) => data.roomId,
  reads: (data, command) => inRoom(data, command),
  decide({ data, userId }, states, streams) {
    if (states.room.status !== 'open') return reject('ROOM_NOT_FOUND');
    switch (states.membership.status) {
      case 'outside':
        return accept(
          append(streams.membership, {
            type: 'MemberJoined',
            data: { roomId: data.roomId, userId, seq: states.room.lastSeq },
          }),
        );
      case 'member':
        return reject('ALREADY_A_MEMBER');
      case 'erased':
        return reject('ACCOUNT_DELETED');
      default:
        return states.membership satisfies never;
    }
  },
});
