import type { Logger } from '../runtime/logging.js';
import { startPoll } from '../runtime/poll.js';
import type { DatabaseRun } from './epochs.js';
import { cutOff } from './epochs.js';
import { openClient } from './pool.js';

export interface RunWatchOptions {
  readonly url: string;
  readonly run: DatabaseRun;
  readonly everyMs: number;
  /** For opening the connection, asking and closing it. */
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/**
 * Asks which run of the database a new connection leads to. Pools compare the run of new connections only, and under
 * steady load make none: where the address has moved and the old primary lives on, they would stay with it. One
 * connection at a time, for a moment.
 * @returns how to end it
 */
export function watchRun({ url, run, everyMs, timeoutMs, logger }: RunWatchOptions): () => Promise<void> {
  const ask = async (): Promise<void> => {
    const client = openClient(url, 'madang-run-watch');
    // A server that takes the connection and says nothing ends neither a statement nor a clean end.
    const timeout = setTimeout(() => cutOff(client), timeoutMs);
    try {
      await client.connect();
      await run.connected(client);
    } finally {
      await client.end().catch(() => undefined);
      clearTimeout(timeout);
    }
  };

  return startPoll({
    run: ask,
    everyMs,
    failed: (error) =>
      logger.debug(
        { err: error },
        'could not look which run of the database a new connection leads to, or it is another one',
      ),
  }).stop;
}
