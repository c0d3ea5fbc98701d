import type { OperatorAction } from '../../admin/operator-actions.js';
import type { UserId } from '../../engine/domain/ids.js';
import type { AdminAction } from './action.type.js';
import { AdminActionState } from './action.type.js';

/** With the id of the operator, whose user is looked up. */
export interface ActionSource extends AdminAction {
  readonly operatorId: UserId | null;
}

const STATES = {
  requested: AdminActionState.REQUESTED,
  running: AdminActionState.RUNNING,
  succeeded: AdminActionState.SUCCEEDED,
  failed: AdminActionState.FAILED,
  interrupted: AdminActionState.INTERRUPTED,
} as const satisfies Readonly<Record<OperatorAction['state'], AdminAction['state']>>;

export function actionView(action: OperatorAction): ActionSource {
  const { commandId, kind, target, input, operator, via, state, progress, result, message } = action;
  return {
    commandId,
    kind,
    target,
    input: JSON.stringify(input),
    // Not by the id: a user of an identity provider may have that of the command-line tool.
    operatorId: via === 'cli' ? null : operator,
    state: STATES[state],
    progress: state === 'running' && progress ? { ...progress, secondsLeft: secondsLeft(progress) } : null,
    result: result?.text ?? null,
    counts: Object.entries(result?.counts ?? {}).map(([name, value]) => ({ name, value })),
    verifications: (result?.verified ?? []).map(({ name, ...proof }) => ({ readModel: name, ...proof })),
    message,
    requestedAt: action.requestedAt,
    endedAt: action.endedAt,
    runner: action.runner,
  };
}

/** Null while the rate is not known. */
export const secondsLeft = ({
  done,
  total,
  perSecond,
}: Readonly<Record<'done' | 'total' | 'perSecond', number>>): number | null =>
  perSecond > 0 ? Math.ceil(Math.max(0, total - done) / perSecond) : null;
