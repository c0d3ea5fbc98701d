import type { ZodType } from 'zod';
import { newCommandId, parseCommandId } from '../../engine/domain/command-id.js';
import type { AnyCommandDefinition } from '../../engine/domain/decide.js';
import type { CommandType } from '../../commands/registry.js';
import { COMMANDS } from '../../commands/registry.js';
import type { CommandId, UserId } from '../../engine/domain/ids.js';
import type { CommandStage, Submission } from '../../engine/gateway/command-gateway.js';
import { isLogError } from '../../engine/log/command-log.js';
import type { ApiContext } from '../context.js';
import { badUserInput, unavailable } from '../errors.js';
import { requireViewer } from '../viewer.js';
import type { CommandReceipt } from './command.type.js';
import { submissionReceipt } from './receipt.js';

export interface AskedCommand {
  readonly type: CommandType;
  /** The client's commandId, where it made one. */
  readonly commandId?: string | null | undefined;
  readonly waitFor: CommandStage | null | undefined;
  /** The data as the client wrote it, with the fields that are derived from the user and the commandId. */
  data(userId: UserId, commandId: CommandId): Readonly<Record<string, unknown>>;
}

export interface Submitted {
  readonly receipt: CommandReceipt;
  readonly submission: Submission;
}

/**
 * The only way of a mutation into the command log: authenticate, validate, stamp, append, wait for the stage. A refusal
 * by the domain is in the receipt.
 * @throws UNAUTHENTICATED, BAD_USER_INPUT, UNAVAILABLE
 */
export async function submitCommand(context: ApiContext, asked: AskedCommand): Promise<Submitted> {
  const { services, loaders, traceId, span } = context;
  const { userId } = requireViewer(context);
  const { commandId, mayRepeat } = chosenCommandId(asked.commandId);
  const definition: AnyCommandDefinition = COMMANDS[asked.type];
  const data = commandData(definition, asked.data(userId, commandId));

  try {
    const submission = await ontoLog(
      services.commands.submit({
        command: {
          commandId,
          type: asked.type,
          key: definition.key(data),
          userId,
          traceId,
          span: span?.place.span,
          data,
        },
        mayRepeat,
        waitFor: asked.waitFor ?? 'DECIDED',
      }),
    );
    return { receipt: submissionReceipt(services.cursorSigner, submission), submission };
  } finally {
    loaders.clear();
  }
}

/**
 * The client's commandId, or one made here. Only a client's own id may have been sent before. An empty id is refused
 * like any malformed one: the client means to be safe against sending twice, and would not be.
 * @throws BAD_USER_INPUT
 */
export function chosenCommandId(value: string | null | undefined): {
  readonly commandId: CommandId;
  readonly mayRepeat: boolean;
} {
  if (value === undefined || value === null) return { commandId: newCommandId(), mayRepeat: false };
  return { commandId: clientCommandId(value), mayRepeat: true };
}

/** Turns a failure of the command log into the client's error. @throws BAD_USER_INPUT, UNAVAILABLE */
export async function ontoLog<T>(appended: Promise<T>): Promise<T> {
  try {
    return await appended;
  } catch (error) {
    if (isLogError(error, 'RECORD_TOO_LARGE'))
      throw badUserInput('input', 'too large for the command log: send less at a time.');
    if (!isLogError(error, 'LOG_UNAVAILABLE')) throw error;
    throw unavailable('The command cannot be taken now: send it again with the same commandId.', undefined, {
      cause: error,
    });
  }
}

/** @throws BAD_USER_INPUT */
export function clientCommandId(value: string, field = 'commandId'): CommandId {
  const commandId = parseCommandId(value);
  if (!commandId) throw badUserInput(field, 'send a UUID that you made for this command, other than the nil UUID.');
  return commandId;
}

/** Parses a command's data with the command's own schema. @throws BAD_USER_INPUT */
export function commandData<D>(definition: { readonly schema: ZodType<D> }, data: unknown): D {
  const parsed = definition.schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw badUserInput(issue?.path.join('.') || 'input', issue?.message ?? 'does not fit.');
}
