import type { Logger } from './logging.js';

export interface SettledState {
  readonly message: string;
  readonly fields: object;
  /** False while a part is missing, such as a read model that is being filled. */
  readonly complete: boolean;
}

/** One log line about many changes: a line per partition would hide the others. */
export interface SettledLine {
  /** Something changed. The state is logged once nothing has changed for a moment. */
  changed(): void;
  /** Resolves when a complete state was logged for the first time, or at the stop. */
  readonly settled: Promise<void>;
  stop(): void;
}

const QUIET_MS = 250;

/** The same message is not logged twice in a row: the state did not change in between. */
export function settledLine(state: () => SettledState, logger: Logger, quietMs = QUIET_MS): SettledLine {
  let timer: NodeJS.Timeout | undefined;
  let logged: string | null = null;
  let stopped = false;
  let resolve!: () => void;
  const settled = new Promise<void>((done) => (resolve = done));

  const log = (): void => {
    const { message, fields, complete } = state();
    if (message !== logged) logger.info(fields, message);
    logged = message;
    if (complete) resolve();
  };

  return {
    settled,
    changed() {
      if (stopped) return;
      clearTimeout(timer);
      timer = setTimeout(log, quietMs).unref();
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
