import type { CommandEnvelope } from '../engine/domain/envelope.js';
import { registerUserCommandId } from '../commands/user/register-user-command-id.js';
import type { RecordedEvent } from '../engine/domain/event.js';
import { isEvent } from '../events/event.js';
import type { ProcessManager } from '../engine/process-manager/process-manager.js';

/**
 * A handle and its user are two aggregates in two partitions: a claimed handle is followed by the user's registration.
 */
export const registerClaimedUser: ProcessManager = {
  name: 'register-claimed-user',
  handles: ['HandleClaimed'],
  react: (events) => events.flatMap(registration),
};

function registration(recorded: RecordedEvent): readonly CommandEnvelope[] {
  // Without a handle: of an account that was deleted since.
  if (!isEvent(recorded, 'HandleClaimed') || recorded.event.data.handle === '') return [];
  const { handle, userId, name } = recorded.event.data;
  return [
    {
      commandId: registerUserCommandId(recorded),
      type: 'RegisterUser',
      schema: 1,
      key: userId,
      userId,
      traceId: recorded.traceId,
      span: recorded.span,
      at: recorded.at.toISOString(),
      data: { userId, handle, name },
    },
  ];
}
