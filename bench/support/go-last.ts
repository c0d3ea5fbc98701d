import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/**
 * Lets the calling thread run only on an otherwise idle processor: in reality the clients' machines would not take it
 * from the servers, nor from the measurement. Needs Linux with `chrt`.
 */
export function goLast(): void {
  setPriority(constants.priority.PRIORITY_LOW);
  if (process.platform !== 'linux') return;
  try {
    execFileSync('chrt', ['--idle', '--pid', '0', readlinkSync('/proc/thread-self').split('/').at(-1)!]);
  } catch {
    // Without it the thread has the lowest priority.
  }
}
