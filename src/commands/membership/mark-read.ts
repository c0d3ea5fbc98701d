import { z } from 'zod';
import { accept, append } from '../../engine/domain/decide.js';
import { defineCommand, perUser } from '../define-command.js';
import { reject } from '../rejections.js';
import { notAMember } from './state.js';
import { inRoom } from '../room/in-room.js';
import { roomIdText, seq } from '../text.js';

const schema = z.strictObject({ roomId: roomIdText, seq });

/** Moves the acting user's read mark forward. It never goes back: of two devices the one that has read further wins. */
export const markRead = defineCommand({
  type: 'MarkRead',
  version: 1,
  rateLimit: perUser(10, 40),
  schema,
  key: (data) => data.roomId,
  reads: (data, command) => inRoom(data, command),
  decide({ data, userId }, states, streams) {
    if (states.room.status !== 'open') return reject('ROOM_NOT_FOUND');
    if (states.membership.status !== 'member') return reject(notAMember(states.membership));
    if (data.seq > states.room.lastSeq) return reject('SEQ_OUT_OF_RANGE');
    if (data.seq <= states.membership.readSeq) return accept();
    return accept(
      append(streams.membership, { type: 'MessagesRead', data: { roomId: data.roomId, userId, seq: data.seq } }),
    );
  },
});
