import { z } from 'zod';
import { accept, append } from '../../engine/domain/decide.js';
import { defineCommand, perUser } from '../define-command.js';
import { reject } from '../rejections.js';
import { userIdText } from '../text.js';
import { userStream } from './state.js';

const schema = z.strictObject({ userId: userIdText });

/**
 * Ends an account for ever. The user's traces in rooms, and the handle, are in other partitions: a process manager
 * removes them.
 */
export const deleteAccount = defineCommand({
  type: 'DeleteAccount',
  version: 1,
  rateLimit: perUser(0.2, 5),
  schema,
  key: (data) => data.userId,
  reads: (data) => ({ user: userStream(data.userId) }),
  decide({ data }, states, streams) {
    switch (states.user.status) {
      case 'unknown':
        return reject('ACCOUNT_NOT_FOUND');
      case 'registered':
        return accept(append(streams.user, { type: 'AccountDeleted', data }));
      case 'deleted':
        return reject('ACCOUNT_DELETED');
      default:
        return states.user satisfies never;
    }
  },
});
