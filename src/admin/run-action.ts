import type { Logger } from '../engine/runtime/logging.js';
import { startPoll } from '../engine/runtime/poll.js';
import type {
  ActionOutcome,
  ActionProgress,
  AskedAction,
  OperatorAction,
  OperatorActions,
} from './operator-actions.js';

const BEAT_EVERY_MS = 1_000;

export interface RunOptions {
  readonly actions: OperatorActions;
  readonly logger: Pick<Logger, 'warn' | 'debug'>;
  /** Whether an error came from a stop, or from a server that is away: the same action may succeed later. */
  readonly isInterruption: (error: unknown) => boolean;
}

/** What an action gives its caller, and what is recorded of it. A `message` says that it failed. */
export interface Worked<T> {
  readonly value: T;
  readonly outcome: ActionOutcome;
}

export type ReportAction = (progress: ActionProgress) => void;

/**
 * Runs an action that the caller owns: records its progress every second, and then its outcome.
 * @throws what the work throws, once that is recorded
 */
export async function runAction<T>(
  { actions, logger, isInterruption }: RunOptions,
  { id }: Pick<OperatorAction, 'id'>,
  work: (report: ReportAction) => Promise<Worked<T>>,
): Promise<T> {
  let progress: ActionProgress | null = null;
  const beats = startPoll({
    run: () => actions.beat(id, progress),
    everyMs: BEAT_EVERY_MS,
    failed: (error) => logger.debug({ err: error }, 'could not record the progress of an action; retrying'),
  });
  const end = async (state: 'succeeded' | 'failed' | 'interrupted', outcome: ActionOutcome): Promise<void> => {
    await beats.stop();
    await actions
      .end(id, state, outcome)
      .catch((error: unknown) =>
        logger.warn({ err: error, action: id, state }, 'an action has ended, and its outcome could not be recorded'),
      );
  };
  try {
    const { value, outcome } = await work((reported) => (progress = reported));
    await end(outcome.message === null ? 'succeeded' : 'failed', outcome);
    return value;
  } catch (error) {
    await end(isInterruption(error) ? 'interrupted' : 'failed', { result: null, message: messageOf(error) });
    throw error;
  } finally {
    await beats.stop();
  }
}

/**
 * Records an action and runs it, once for each commandId: an action that another call runs, or has run, is returned as
 * it stands.
 * @throws {ActionIdReusedError}
 * @throws what the work throws, once that is recorded
 */
export async function performAction<T>(
  options: RunOptions,
  asked: AskedAction,
  runner: string,
  work: (action: OperatorAction, report: ReportAction) => Promise<Worked<T>>,
): Promise<OperatorAction> {
  const { actions } = options;
  const { action, own } = await actions.begin(asked, 'running', runner);
  if (!own) return action;
  await runAction(options, action, (report) => work(action, report));
  return (await actions.find(asked.commandId)) ?? action;
}

/** The text of an error of the program itself. Drivers may repeat a user's data: their errors go to the log alone. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed: see the log of its process';
  return OWN_CODES.has((error as { readonly code?: unknown }).code as string)
    ? error.message
    : `it failed (${error.name}): see the log of its process`;
}

/** Errors whose messages are written for operators, and contain no data. */
const OWN_CODES: ReadonlySet<string> = new Set([
  'READ_MODEL_LOCKED',
  'NOTHING_KEPT',
  'COMPARISON_IMPOSSIBLE',
  'NEWER_VERSION_LIVE',
  'STOPPED',
  'FOR_OPERATORS',
]);
