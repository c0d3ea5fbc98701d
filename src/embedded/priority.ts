import { execFile } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { promisify } from 'node:util';
import type { Logger } from '../engine/runtime/logging.js';

/**
 * How far this process lets others on the machine go first: 0 not at all, 19 as far as numbers go; `idle`: it runs when
 * nobody else wants to.
 */
export type Nice = number | 'idle';

const run = promisify(execFile);

/**
 * Of all threads of this process, and of what it starts from then on. On a busy machine a process of the lowest number
 * goes on to the end of its slice, some milliseconds, when one wakes up that goes first; an idle one gives the
 * processor up at once. Linux has that, by `chrt` of util-linux; elsewhere `idle` is the lowest number.
 */
export async function yieldProcessor(nice: Nice, logger: Pick<Logger, 'warn'>): Promise<void> {
  if (nice !== 'idle') return nice > 0 ? setPriority(nice) : undefined;
  setPriority(constants.priority.PRIORITY_LOW);
  try {
    await run('chrt', ['--all-tasks', '--idle', '--pid', '0', String(process.pid)]);
  } catch (error) {
    logger.warn(
      { err: error },
      'this process cannot be made idle with chrt: it goes on with the lowest priority there is otherwise',
    );
  }
}
