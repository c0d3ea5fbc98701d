import { postgresEpochs } from '../../src/platform/postgres/epochs.js';
import { migrate } from '../../src/platform/postgres/migrate.js';
import { openPool } from '../../src/platform/postgres/pool.js';
import { openDeployment } from '../../src/platform/postgres/settings.js';
import { postgresEventStore } from '../../src/platform/postgres/event-store.js';
import { fileURLToPath } from 'node:url';
import { until } from '../support/conditions.js';
import { openReplicatedPostgres } from '../support/standby.js';

const MIGRATIONS = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
const RUN = 'SELECT pg_postmaster_start_time()::text AS run, pg_backend_pid() AS pid';

test('an old primary that lives on is left by every connection as soon as one leads to the new one', async () => {
  await using database = await openReplicatedPostgres();
  const known = postgresEpochs();
  const pools = ['one', 'two'].map((name) => openPool({ url: database.url, max: 4, name, connected: known.connected }));
  const [pool, other] = [pools[0]!, pools[1]!];
  try {
    await migrate(pool, MIGRATIONS);
    await openDeployment(pool, 1, 1);
    const store = postgresEventStore(pool, known);
    await store.heads();
    const forks: number[] = [];
    store.epochs.onFork(({ partition }) => forks.push(partition));
    const old = (await pool.query<{ run: string }>(RUN)).rows[0]!.run;
    // Connections that stay: idle in both pools, and one at work.
    await Promise.all([pool.query('SELECT pg_sleep(0.05)'), other.query('SELECT pg_sleep(0.05)')]);
    const busy = await other.connect();
    busy.on('error', () => undefined);
    await database.caughtUp();
    await database.failOver({ oldLives: true });
    expect((await busy.query<{ run: string }>(RUN)).rows[0]!.run).toBe(old);
    const working = busy.query('SELECT pg_sleep(60)').then(() => 'done', () => 'broken');

    // As many at the same moment as the pool has idle ones and more: at least one needs a new connection.
    await until(async () => {
      const asked = await Promise.allSettled(Array.from({ length: 4 }, () => pool.query<{ run: string }>(RUN)));
      return asked.every((each) => each.status === 'fulfilled' && each.value.rows[0]!.run !== old);
    }, 'every connection leads to the new primary');
    expect(await working).toBe('broken');
    busy.release(true);
    expect((await other.query<{ run: string }>(RUN)).rows[0]!.run).not.toBe(old);
    expect(forks).toEqual([0]);
  } finally {
    await Promise.all(pools.map((each) => each.end()));
  }
}, 120_000);
