import { execFile } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { promisify } from 'node:util';
import type { Logger } from '../engine/runtime/logging.js';

/**
 * The priority of this process: 0 is normal, 19 the lowest number; `idle`: it runs only while no other process wants
 * to.
 */
export type Nice = number | 'idle';

const run = promisify(execFile);

/**
 * Applies to all threads of this process, and to processes that it starts later. On a busy machine a process of the
 * lowest number continues to the end of its time slice, some milliseconds, when one of higher priority wakes up; an
 * idle one yields the CPU at once. Linux has that, by `chrt` of util-linux; elsewhere `idle` is the lowest number.
 */
export async function yieldProcessor(nice: Nice, logger: Pick<Logger, 'warn'>): Promise<void> {
  if (nice !== 'idle') return nice > 0 ? setPriority(nice) : undefined;
  setPriority(constants.priority.PRIORITY_LOW);
  try {
    await run('chrt', ['--all-tasks', '--idle', '--pid', '0', String(process.pid)]);
  } catch (error) {
    logger.warn({ err: error }, 'this process cannot be made idle with chrt: it uses the lowest other priority');
  }
}
