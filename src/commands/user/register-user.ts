import { z } from 'zod';
import { accept, append } from '../../engine/domain/decide.js';
import { defineCommand } from '../define-command.js';
import { reject } from '../rejections.js';
import { handle, name, userIdText } from '../text.js';
import { userStream } from './state.js';

const schema = z.strictObject({ userId: userIdText, handle, name });

/**
 * Registers a user once the handle is claimed. A second registration has no effect, with any handle or name: signing in
 * again, or on two servers at once, is no error.
 */
export const registerUser = defineCommand({
  type: 'RegisterUser',
  version: 1,
  rateLimit: 'no mutation',
  untilRead: 'held',
  schema,
  key: (data) => data.userId,
  reads: (data) => ({ user: userStream(data.userId) }),
  decide({ data }, states, streams) {
    switch (states.user.status) {
      case 'unknown':
        return accept(append(streams.user, { type: 'UserRegistered', data }));
      case 'registered':
        return accept();
      case 'deleted':
        return reject('ACCOUNT_DELETED');
      default:
        return states.user satisfies never;
    }
  },
});
