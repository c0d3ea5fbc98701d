import { GraphQLError } from 'graphql';
import type { AskedAction, OperatorAction } from '../../admin/operator-actions.js';
import { ActionIdReusedError } from '../../admin/operator-actions.js';
import type { Worked } from '../../admin/run-action.js';
import { performAction } from '../../admin/run-action.js';
import { chosenCommandId, ontoLog } from '../command/submit.js';
import type { ApiContext } from '../context.js';
import type { ErrorCode } from '../../server/errors/error-codes.js';
import { badUserInput, unavailable } from '../errors.js';
import { requireAdmin } from '../viewer.js';
import { actionView } from './action-view.js';
import type { AdminActionPayload, AdminCount } from './action.type.js';

/** An action without the parts that are the same for all. */
export interface Asked extends Pick<AskedAction, 'kind' | 'target' | 'input'> {
  readonly commandId: string | null | undefined;
}

const askedAction = (context: ApiContext, { commandId, kind, target, input }: Asked): AskedAction => ({
  commandId: chosenCommandId(commandId).commandId,
  operator: requireAdmin(context).userId,
  via: 'api',
  kind,
  target,
  input,
});

/** Leaves an action to a process that does such work. @throws FORBIDDEN, BAD_USER_INPUT */
export async function requestAction(context: ApiContext, asked: Asked): Promise<OperatorAction> {
  const { actions, runner } = context.services.console;
  const { action } = await known(actions.begin(askedAction(context, asked), 'requested', runner));
  return action;
}

/** Does an action at once, within the request. @throws FORBIDDEN, BAD_USER_INPUT, UNAVAILABLE, what the work throws */
export function performNow(
  context: ApiContext,
  asked: Asked,
  work: (action: OperatorAction) => Promise<Worked<unknown>>,
): Promise<OperatorAction> {
  const { services, logger } = context;
  const { actions, runner } = services.console;
  const isInterruption = (error: unknown): boolean => services.isTransient(error) || isUnavailable(error);
  const options = { actions, logger, isInterruption };
  return known(performAction(options, askedAction(context, asked), runner, (action) => ontoLog(work(action))));
}

/** The error asks the client to send the same again: then the action runs again. */
const isUnavailable = (error: unknown): boolean =>
  error instanceof GraphQLError && error.extensions.code === ('UNAVAILABLE' satisfies ErrorCode);

async function known<T>(begun: Promise<T>): Promise<T> {
  try {
    return await begun;
  } catch (error) {
    if (error instanceof ActionIdReusedError) throw badUserInput('commandId', error.message);
    throw error;
  }
}

export const countsView = (counts: Readonly<Record<string, number>>): AdminCount[] =>
  Object.entries(counts).map(([name, value]) => ({ name, value }));

export const payloadOf = (
  preview: Readonly<Record<string, number>>,
  action: OperatorAction | null,
): AdminActionPayload => ({ preview: countsView(preview), action: action && actionView(action) });

/** The store of heat rejects at once while it is away, and nothing was changed. */
export async function ofRedis<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw unavailable('Redis is away: send this again with the same commandId.', undefined, { cause: error });
  }
}
