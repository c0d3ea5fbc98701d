import { offset } from '../../src/events/ids.js';
import { openPostgresCommandLog } from '../../src/platform/postgres/command-log.js';
import { openPostgresEventFeed } from '../../src/platform/postgres/event-feed.js';
import { openPool } from '../../src/platform/postgres/pool.js';
import { openWakeUp } from '../../src/platform/postgres/wake-up.js';
import { createTestDatabase } from '../support/database.js';
import { commandLogContract } from './command-log.contract.js';
import { eventFeedContract } from './event-feed.contract.js';
import type { LogEngine } from './log-engine.js';
import { until } from '../support/conditions.js';
import { command, createReleases, Ledger, PARTITIONS, quietLog } from './log-engine.js';

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

describe('decided commands in PostgreSQL', () => {
  test('are deleted below the slowest group, apart from those kept for a look back', async () => {
    await using database = await createTestDatabase();
    await using wakeUp = await openWakeUp({ url: database.url, name: 'contract', log: quietLog });
    await using log = openPostgresCommandLog({ pool: database.pool, wakeUp, queue: 'q', partitions: PARTITIONS, log: quietLog, timing, keep: 100 });
    const [fast, slow] = [new Ledger(), new Ledger()];
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    await log.consume({ group: 'slow', maxBatch: 200, handler: slow.handler(() => (slow.count >= 1_200 ? held : undefined)) });
    await log.consume({ group: 'fast', maxBatch: 200, handler: fast.handler() });
    await until(() => slow.assigned.length === PARTITIONS, 'the slow group to be there');
    for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 500 }, () => log.append(command('room'))));
    await until(() => fast.count === 2_500 && slow.running === 1, 'the fast group to be done');
    const oldest = async (): Promise<number> => (await database.pool.query<{ low: number }>('SELECT min("offset") AS low FROM commands')).rows[0]!.low;
    let low = 0;
    while (low === 0) low = await oldest();
    expect(low).toBeLessThanOrEqual(slow.count - 100);
    release();
    await until(() => slow.count === 2_500, 'the slow group to be done');
    await log.trim(await log.append(command('room')).then(({ partition }) => partition), offset(2_500));
    expect(await oldest()).toBe(2_500);
  });
});
