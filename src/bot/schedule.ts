import { now } from './clock.js';

export interface Task {
  /** Milliseconds from the start. */
  readonly atMs: number;
  /** Must not throw, and is not waited for. */
  readonly run: (dueAt: number) => void;
}

export interface ScheduleOptions {
  /** By `now()`. */
  readonly startAt: number;
  /** Ends the schedule early. */
  readonly signal: AbortSignal;
  /** How late a task was begun. */
  readonly onBegun: (lateMs: number) => void;
}

const LONGEST_WAIT_MS = 50;
/** Tasks begun in one turn of the event loop, so that answers are read between them also when the bot is late. */
const AT_ONCE = 100;

/**
 * An open-loop schedule: each task begins at its time, at any speed of the server. Resolves when the last one has
 * begun.
 */
export function runSchedule(tasks: readonly Task[], { startAt, signal, onBegun }: ScheduleOptions): Promise<void> {
  const inOrder = tasks.toSorted((a, b) => a.atMs - b.atMs);
  let next = 0;
  return new Promise((resolve) => {
    const turn = (): void => {
      for (let begun = 0; next < inOrder.length && !signal.aborted; begun++) {
        const { atMs, run } = inOrder[next]!;
        const dueAt = startAt + atMs;
        const waitMs = dueAt - now();
        if (waitMs > 0) return void setTimeout(turn, Math.min(waitMs, LONGEST_WAIT_MS));
        if (begun === AT_ONCE) return void setImmediate(turn);
        next++;
        onBegun(-waitMs);
        run(dueAt);
      }
      resolve();
    };
    turn();
  });
}
