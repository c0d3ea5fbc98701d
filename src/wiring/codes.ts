import type pg from 'pg';
import type { Config } from '../config.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { EventStore } from '../engine/store/event-store.js';
import type { GifticonCodes } from '../gifticon/codes/gifticon-codes.js';
import { openCodeKey } from '../gifticon/codes/postgres-code-key.js';
import { postgresGifticonCodes } from '../gifticon/codes/postgres-gifticon-codes.js';

export interface CodesOptions {
  readonly config: Pick<Config, 'gifticon' | 'dataDir' | 'databaseUrl'>;
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly logger: Logger;
}

/**
 * The codes of gifticons, with the deployment's own key.
 * @throws {CodeKeyError} the key is missing or wrong: the process must not start
 */
export async function openCodes({ config, pool, store, logger }: CodesOptions): Promise<GifticonCodes> {
  const { gifticon, dataDir, databaseUrl } = config;
  const key = await openCodeKey({ pool, given: gifticon.codeKey, dataDir, ownDatabase: databaseUrl === null, logger });
  return postgresGifticonCodes({ pool, store, key });
}
