import { registerUserCommandId } from '../../commands/user/register-user-command-id.js';
import { isEvent } from '../../events/event.js';
import type { ProcessManager } from './process-manager.js';

/** A handle and its user are two aggregates in two partitions: when the handle is claimed, the user is registered. */
export const registerClaimedUser: ProcessManager = {
  name: 'register-claimed-user',
  handles: ['HandleClaimed'],
  react(recorded) {
    if (!isEvent(recorded, 'HandleClaimed')) return [];
    const { handle, userId, name } = recorded.event.data;
    return [
      {
        commandId: registerUserCommandId(recorded),
        type: 'RegisterUser',
        schema: 1,
        key: userId,
        userId,
        traceId: recorded.traceId,
        at: recorded.at.toISOString(),
        data: { userId, handle, name },
      },
    ];
  },
};
