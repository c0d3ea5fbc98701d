import type { Logger } from './logging.js';

export interface SettledState {
  readonly message: string;
  readonly fields: object;
  /** False while more is to come, such as a read model that is being filled. */
  readonly complete: boolean;
}

/** One log line about many changes: a line for each partition would bury the others. */
export interface SettledLine {
  /** Something changed. The state is told once nothing has changed for a moment. */
  changed(): void;
  /** Resolves when a complete state was told for the first time, or at the stop. */
  readonly settled: Promise<void>;
  stop(): void;
}

const QUIET_MS = 250;

/** The same message is not told twice in a row: it was the state all along. */
export function settledLine(state: () => SettledState, logger: Logger, quietMs = QUIET_MS): SettledLine {
  let timer: NodeJS.Timeout | undefined;
  let told: string | null = null;
  let stopped = false;
  let resolve!: () => void;
  const settled = new Promise<void>((done) => (resolve = done));

  const tell = (): void => {
    const { message, fields, complete } = state();
    if (message !== told) logger.info(fields, message);
    told = message;
    if (complete) resolve();
  };

  return {
    settled,
    changed() {
      if (stopped) return;
      clearTimeout(timer);
      timer = setTimeout(tell, quietMs).unref();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      resolve();
    },
  };
}

/** "6 partitions", "1 partition". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
