import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const onLinux = process.platform === 'linux';

/** A process number alone is not enough: numbers are reused, in containers at once. */
export interface ProcessMark {
  readonly pid: number;
  readonly started: string | undefined;
}

/** The state letter and the start time from /proc. The name in brackets may contain spaces and brackets itself. */
async function procStat(pid: number): Promise<{ state: string; started: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

async function ps(pid: number, column: string): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-ww', '-o', `${column}=`, '-p', String(pid)]);
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether the process is running. A zombie is not: an orphan whose new parent never collects it (process 1 of a
 * container often does not) answers signal 0 for ever.
 */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const state = onLinux ? (await procStat(pid))?.state : await ps(pid, 'stat');
  return state !== undefined && !/^[ZX]/.test(state);
}

/** Differs between two processes that had the same number. */
export async function processIdentity(pid: number): Promise<string | undefined> {
  return onLinux ? (await procStat(pid))?.started : ps(pid, 'lstart');
}

export async function isSameProcess({ pid, started }: ProcessMark): Promise<boolean> {
  return (await isAlive(pid)) && (await processIdentity(pid)) === started;
}

/** The whole command line, or undefined when there is no such process. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (!onLinux) return ps(pid, 'command');
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.replaceAll('\0', ' ').trim() || undefined;
}

/** Polls every few milliseconds, since the exit of a process that is not our child emits no event. */
export async function waitForExit(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (await isAlive(pid)) {
    if (Date.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly graceMs: number;
}

/** A process that is gone is no error: it may end at any time. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Sends each signal in turn until the process is gone. The last step should be SIGKILL. */
export async function endProcess(pid: number, steps: readonly StopStep[]): Promise<void> {
  for (const { signal, graceMs } of steps) {
    sendSignal(pid, signal);
    // A stopped process (SIGSTOP) gets its signals only when it continues.
    sendSignal(pid, 'SIGCONT');
    if (await waitForExit(pid, graceMs)) return;
  }
}
