import { hostname } from 'node:os';
import type { ActionKind } from '../admin/operator-actions.js';
import { OPERATOR } from '../admin/operator-actions.js';
import { postgresOperatorActions } from '../admin/postgres-operator-actions.js';
import type { ReportAction, Worked } from '../admin/run-action.js';
import { runAction } from '../admin/run-action.js';
import { newCommandId } from '../engine/domain/command-id.js';
import { isTransient } from '../engine/postgres/errors.js';
import type { Connection } from './connect.js';

export interface RecordedAction {
  readonly kind: ActionKind;
  readonly target: string;
  readonly input?: Readonly<Record<string, unknown>>;
  /** Aborted by an interrupt. */
  readonly signal?: AbortSignal;
}

/** Runs an action that leaves no event, and records it for the console. */
export async function recorded<T>(
  { pool, logger }: Connection,
  { kind, target, input = {}, signal }: RecordedAction,
  work: (report: ReportAction) => Promise<Worked<T>>,
): Promise<T> {
  const actions = postgresOperatorActions(pool);
  const runner = `bin/madang on ${hostname().slice(0, 24)}, process ${process.pid}`;
  const asked = { commandId: newCommandId(), operator: OPERATOR, via: 'cli', kind, target, input } as const;
  const { action } = await actions.begin(asked, 'running', runner);
  const isInterruption = (error: unknown): boolean => signal?.aborted === true || isTransient(error);
  return runAction({ actions, logger, isInterruption }, action, work);
}
