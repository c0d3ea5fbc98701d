import { openPostgresCommandLog } from '../../src/platform/postgres/command-log.js';
import { openPostgresEventFeed } from '../../src/platform/postgres/event-feed.js';
import { openPool } from '../../src/platform/postgres/pool.js';
import { openWakeUp } from '../../src/platform/postgres/wake-up.js';
import { createTestDatabase } from '../support/database.js';
import { commandLogContract } from './command-log.contract.js';
import { eventFeedContract } from './event-feed.contract.js';
import type { LogEngine } from './log-engine.js';
import { createReleases, PARTITIONS, quietLog } from './log-engine.js';

const timing = { heartbeatMs: 200, ttlMs: 1_500 };
const CUT = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';

const postgres: LogEngine = {
  name: 'PostgreSQL',
  async createSite() {
    const database = await createTestDatabase();
    const open = createReleases();
    const connect = async () => {
      const pool = openPool({ url: database.url, max: 4, name: 'contract' });
      open.defer(() => pool.end());
      const wakeUp = await openWakeUp({ url: database.url, name: 'contract', log: quietLog });
      open.defer(() => wakeUp.stop());
      return { pool, wakeUp, log: quietLog, timing };
    };
    return {
      async openLog(queue = 'commands', partitions = PARTITIONS) {
        const log = openPostgresCommandLog({ ...(await connect()), queue, partitions, drainMs: 500, forceMs: 2_000 });
        open.defer(() => log.stop());
        return log;
      },
      async openFeed() {
        const feed = openPostgresEventFeed({ ...(await connect()), partitions: PARTITIONS });
        open.defer(() => feed.stop());
        return feed;
      },
      member: { engine: 'postgres', url: database.url, queue: 'commands', partitions: PARTITIONS, timing },
      disturb: async () => void (await database.pool.query(CUT)),
      async [Symbol.asyncDispose]() {
        await open.releaseAll();
        await database[Symbol.asyncDispose]();
      },
    };
  },
};

commandLogContract(postgres);
eventFeedContract(postgres);
