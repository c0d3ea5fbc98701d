import { z } from 'zod';
import { accept, append } from '../../engine/domain/decide.js';
import { defineCommand, perUser } from '../define-command.js';
import { reject } from '../rejections.js';
import { inRoom } from '../room/in-room.js';
import { roomIdText } from '../text.js';
import { notAMember } from './state.js';

const schema = z.strictObject({ roomId: roomIdText });

/** Ends the acting user's membership. Messages and reactions stay; the room stays, also when the last member leaves. */
export const leaveRoom = defineCommand({
  type: 'LeaveRoom',
  version: 1,
  rateLimit: perUser(5, 50),
  schema,
  key: (data) => data.roomId,
  reads: (data, command) => inRoom(data, command),
  decide({ data, userId }, states, streams) {
    if (states.room.status !== 'open') return reject('ROOM_NOT_FOUND');
    switch (states.membership.status) {
      case 'outside':
      case 'erased':
        return reject(notAMember(states.membership));
      case 'member':
        return accept(append(streams.membership, { type: 'MemberLeft', data: { roomId: data.roomId, userId } }));
      default:
        return states.membership satisfies never;
    }
  },
});
