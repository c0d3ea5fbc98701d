import { readFile, readdir } from 'node:fs/promises';

/** A tick of the counters in /proc, on every Linux that Node.js supports. */
const TICK_MICROS = 10_000;

interface Stat {
  readonly parent: number;
  /** User and system time, in microseconds. */
  readonly own: number;
  /** The same of its children that have ended. */
  readonly ended: number;
}

/** Null for a process that has ended. */
async function statOf(pid: number | string): Promise<Stat | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The name of the program stands in parentheses, and may have any character in it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = (from: number): number => TICK_MICROS * (Number(fields[from]) + Number(fields[from + 1]));
  return { parent: Number(fields[1]), own: ticks(11), ended: ticks(13) };
}

/** The processor time of a process with its children so far, in microseconds. NaN on systems without /proc. */
export async function processorMicros(pid: number): Promise<number> {
  const root = await statOf(pid);
  if (!root) return Number.NaN;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const children = (await Promise.all(pids.map(statOf))).filter((stat) => stat?.parent === pid);
  return children.reduce((sum, child) => sum + child!.own + child!.ended, root.own + root.ended);
}
