import type { ReadCache } from '../engine/projector/read-cache.js';
import type { PrismaClient } from './prisma-client.js';
import type { ReadFresh } from './read-source.js';

interface Sources {
  readonly prisma: PrismaClient;
  /** The read models in Redis. */
  readonly cache: ReadCache;
}

/** Where the queries of a read model read. `read` may ask a replica; without it, the primary answers. */
export type QuerySources<Needs extends keyof Sources = keyof Sources> = Pick<Sources, Needs> & {
  readonly read?: ReadFresh;
};
