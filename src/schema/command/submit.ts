import { newCommandId, parseCommandId } from '../../commands/command-id.js';
import type { AnyCommandDefinition } from '../../commands/decide.js';
import type { CommandType } from '../../commands/registry.js';
import { COMMANDS } from '../../commands/registry.js';
import type { CommandId, UserId } from '../../events/ids.js';
import type { CommandStage, Submission } from '../../gateway/command-gateway.js';
import { isLogError } from '../../platform/ports/command-log.js';
import type { ApiContext } from '../context.js';
import { badUserInput, unavailable } from '../errors.js';
import { requireViewer } from '../viewer.js';
import type { CommandReceipt } from './command.type.js';
import { submissionReceipt } from './receipt.js';

export interface AskedCommand {
  readonly type: CommandType;
  /** The client's, where it made one. */
  readonly commandId?: string | null | undefined;
  readonly waitFor: CommandStage | null | undefined;
  /** As the client wrote it. What is derived from who asks, and under which id, is added here. */
  data(userId: UserId, commandId: CommandId): Readonly<Record<string, unknown>>;
}

export interface Submitted {
  readonly receipt: CommandReceipt;
  readonly submission: Submission;
}

/**
 * The way of every mutation into the command log: who asks, is it well-formed, stamp it, wait for its stage. A refusal by the domain is in
 * the receipt. @throws UNAUTHENTICATED, BAD_USER_INPUT, UNAVAILABLE
 */
export async function submitCommand(context: ApiContext, asked: AskedCommand): Promise<Submitted> {
  const { services, loaders, traceId } = context;
  const { userId } = requireViewer(context);
  // An empty one is refused like any other that is none: its client means to be safe against sending twice, and would not be.
  const mayRepeat = asked.commandId !== undefined && asked.commandId !== null;
  const commandId = mayRepeat ? clientCommandId(asked.commandId) : newCommandId();
  const definition: AnyCommandDefinition = COMMANDS[asked.type];
  const data = parseInput(definition, asked.data(userId, commandId));

  try {
    const submission = await services.commands.submit({
      command: { commandId, type: asked.type, key: definition.key(data), userId, traceId, data },
      mayRepeat,
      waitFor: asked.waitFor ?? 'DECIDED',
    });
    return { receipt: submissionReceipt(services.seal, submission), submission };
  } catch (error) {
    if (isLogError(error, 'RECORD_TOO_LARGE')) throw badUserInput('input', 'too large for the command log: send less at a time.');
    if (!isLogError(error, 'LOG_UNAVAILABLE')) throw error;
    throw unavailable('The command log is away: send the command again with the same commandId.', undefined, { cause: error });
  } finally {
    loaders.clear();
  }
}

/** @throws BAD_USER_INPUT */
export function clientCommandId(value: string, field = 'commandId'): CommandId {
  const commandId = parseCommandId(value);
  if (!commandId) throw badUserInput(field, 'send a UUID that you made for this command, other than the nil UUID.');
  return commandId;
}

function parseInput(definition: AnyCommandDefinition, data: unknown): unknown {
  const parsed = definition.schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw badUserInput(issue?.path.join('.') || 'input', issue?.message ?? 'does not fit.');
}
