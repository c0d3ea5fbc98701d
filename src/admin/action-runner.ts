import type { WorkOptions } from '../engine/rebuild/choice.js';
import type { Logger } from '../engine/runtime/logging.js';
import { levelOf } from '../engine/runtime/logging.js';
import { pause } from '../engine/runtime/retry.js';
import type { OperatorAction, OperatorActions, ReadModelActionKind } from './operator-actions.js';
import { READ_MODEL_ACTIONS } from './operator-actions.js';
import { WORK_OF_KIND } from './read-model-work.js';
import { runAction } from './run-action.js';

export interface ActionRunnerOptions {
  readonly actions: OperatorActions;
  /** With all read models as its choices. */
  readonly work: Omit<WorkOptions, 'report' | 'signal'>;
  /** This process, for the record. */
  readonly runner: string;
  readonly isTransient: (error: unknown) => boolean;
  readonly pollIntervalMs: number;
  readonly logger: Logger;
}

class StoppedError extends Error {
  readonly code = 'STOPPED';
}

/**
 * Runs the actions on read models that the console asked for, one after the other. Each is claimed by one process; the
 * lock of the read model keeps it from running beside the command-line tool. A stop leaves an action interrupted: a
 * rebuild goes on with the next one.
 */
export function startActionRunner(options: ActionRunnerOptions): AsyncDisposable & { stop(): Promise<void> } {
  const { actions, work, runner, isTransient, pollIntervalMs, logger } = options;
  const stopping = new AbortController();

  const run = async (action: OperatorAction): Promise<void> => {
    const kind = action.kind as ReadModelActionKind;
    const choices = work.choices.filter(({ projection }) => projection.name === action.target);
    const isInterruption = (error: unknown): boolean => stopping.signal.aborted || isTransient(error);
    await runAction({ actions, logger, isInterruption }, action, async (report) => {
      if (choices.length === 0)
        return { value: null, outcome: { result: null, message: `this program has no read model ${action.target}` } };
      let first: { readonly at: number; readonly done: number } | null = null;
      return WORK_OF_KIND[kind]({
        ...work,
        choices,
        signal: stopping.signal,
        report({ phase, done, total }) {
          const now = performance.now();
          if (phase !== 'building') first = null;
          else first ??= { at: now, done };
          const perSecond = first && now > first.at ? ((done - first.done) * 1_000) / (now - first.at) : 0;
          report({ phase, done, total, perSecond: Math.round(perSecond) });
        },
      });
    });
  };

  const poll = async (): Promise<void> => {
    try {
      const action = await actions.claim(READ_MODEL_ACTIONS, runner);
      if (!action) return await pause(pollIntervalMs, stopping.signal);
      const { kind, target } = action;
      logger.info({ action: action.id, kind, target }, 'an operator asked for work on a read model');
      await run(action);
    } catch (error) {
      if (stopping.signal.aborted) return;
      logger[levelOf(error)]({ err: error }, 'an action of an operator failed, or could not be looked for');
      await pause(pollIntervalMs, stopping.signal);
    }
  };

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) await poll();
  };
  const running = loop();
  const stop = async (): Promise<void> => {
    stopping.abort(new StoppedError('its process stopped: ask for it again, and a rebuild goes on where it stopped'));
    await running;
  };
  return { stop, [Symbol.asyncDispose]: stop };
}
