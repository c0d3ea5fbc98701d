import { z } from 'zod';
import { accept, append } from '../../engine/domain/decide.js';
import { defineCommand } from '../define-command.js';
import { handle, userIdText } from '../text.js';
import { handleId, handleStream } from './handle-state.js';

const schema = z.strictObject({ handle, userId: userIdText, freeAt: z.iso.datetime() });

/**
 * Gives up the handle of a deleted account: others may claim it from `freeAt` on. Has no effect on another user's
 * handle, or on a free one.
 */
export const releaseHandle = defineCommand({
  type: 'ReleaseHandle',
  version: 1,
  rateLimit: 'no mutation',
  untilRead: 'held',
  schema,
  key: (data) => data.handle,
  reads: (data) => ({ handle: handleStream(data.handle) }),
  decide({ data }, states, streams) {
    switch (states.handle.status) {
      case 'claimed':
        if (states.handle.userId !== data.userId) return accept();
        return accept(
          append(streams.handle, {
            type: 'HandleReleased',
            data: { handleId: handleId(data.handle), freeAt: data.freeAt },
          }),
        );
      case 'free':
      case 'released':
        return accept();
      default:
        return states.handle satisfies never;
    }
  },
});
