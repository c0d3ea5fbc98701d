import type pg from 'pg';
import type { Logger } from '../runtime/logging.js';
import { startPoll } from '../runtime/poll.js';
import type { DatabaseRun } from './epochs.js';
import { cutOff } from './epochs.js';
import { openClient } from './pool.js';

export interface RunWatchOptions {
  readonly url: string;
  readonly run: DatabaseRun;
  readonly everyMs: number;
  /** Covers opening the connection, the query and closing. */
  readonly timeoutMs: number;
  readonly logger: Logger;
  /** Called with every new connection, before its query. Must not throw. */
  readonly connected?: ((client: pg.Client) => void) | undefined;
}

/**
 * Checks which run of the database a new connection leads to. Pools compare the run of new connections only, and open
 * none under steady load: if the address moved and the old primary lives on, they would stay with it. One short
 * connection at a time.
 * @returns stops it
 */
export function watchRun({ url, run, everyMs, timeoutMs, logger, connected }: RunWatchOptions): () => Promise<void> {
  const ask = async (): Promise<void> => {
    const client = openClient(url, 'madang-run-watch');
    // A server that accepts the connection and never answers ends neither a statement nor a clean close.
    const timeout = setTimeout(() => cutOff(client), timeoutMs);
    try {
      await client.connect();
      connected?.(client);
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
      logger.debug({ err: error }, 'could not read the run of the database of a new connection, or it is another run'),
  }).stop;
}
