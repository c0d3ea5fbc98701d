import { z } from 'zod';
import { accept, append } from '../../engine/domain/decide.js';
import { defineCommand } from '../define-command.js';
import { inRoom } from '../room/in-room.js';
import { roomIdText } from '../text.js';

const schema = z.strictObject({ roomId: roomIdText });

/** Removes the acting user, whose account was deleted, from a room for ever. A second time it has no effect. */
export const eraseMember = defineCommand({
  type: 'EraseMember',
  version: 1,
  rateLimit: 'no mutation',
  untilRead: 'held',
  schema,
  key: (data) => data.roomId,
  reads: (data, command) => inRoom(data, command),
  decide({ data, userId }, states, streams) {
    if (states.room.status !== 'open') return accept();
    const about = { roomId: data.roomId, userId };
    const erased = append(streams.membership, { type: 'MemberErased', data: about });
    switch (states.membership.status) {
      case 'member':
        return accept(append(streams.membership, { type: 'MemberLeft', data: about }), erased);
      case 'outside':
        return accept(erased);
      case 'erased':
        return accept();
      default:
        return states.membership satisfies never;
    }
  },
});
