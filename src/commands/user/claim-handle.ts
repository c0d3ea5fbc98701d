import { z } from 'zod';
import { accept, append } from '../../engine/domain/decide.js';
import { defineCommand } from '../define-command.js';
import { reject } from '../rejections.js';
import { handle, name, userIdText } from '../text.js';
import { handleStream } from './handle-state.js';

const schema = z.strictObject({ handle, userId: userIdText, name });

/**
 * Gives a handle to the first user who claims it. The handle is the key, so that all claims of it are decided one after
 * the other.
 */
export const claimHandle = defineCommand({
  type: 'ClaimHandle',
  version: 1,
  rateLimit: 'no mutation',
  schema,
  key: (data) => data.handle,
  reads: (data) => ({ handle: handleStream(data.handle) }),
  decide({ data, at }, states, streams) {
    switch (states.handle.status) {
      case 'free':
        return accept(append(streams.handle, { type: 'HandleClaimed', data }));
      case 'claimed':
        return states.handle.userId === data.userId ? accept() : reject('HANDLE_TAKEN');
      case 'released':
        if (Date.parse(at) < Date.parse(states.handle.freeAt)) return reject('HANDLE_RESERVED');
        return accept(append(streams.handle, { type: 'HandleClaimed', data }));
      default:
        return states.handle satisfies never;
    }
  },
});
