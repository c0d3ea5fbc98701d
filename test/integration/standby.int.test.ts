import { MADANG_EVENTS } from '../../src/events/definitions.js';
import type pg from 'pg';
import { createLifecycle } from '../../src/engine/runtime/lifecycle.js';
import { createMetrics } from '../../src/metrics.js';
import { postgresEpochs } from '../../src/engine/postgres/epochs.js';
import { MIGRATIONS, migrate } from '../../src/engine/postgres/migrate.js';
import { postgresGenerations } from '../../src/engine/postgres/generations.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { openDeployment } from '../../src/engine/postgres/settings.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import { openWakeUp } from '../../src/engine/postgres/wake-up.js';
import { watchEpochs } from '../../src/engine/postgres/watch-epochs.js';
import { quietLogger, until } from '../support/conditions.js';
import { openReplicatedPostgres } from '../support/standby.js';

const RUN = 'SELECT pg_postmaster_start_time()::text AS run, pg_backend_pid() AS pid';

test('an old primary that lives on is left by every connection after the first one', async () => {
  await using database = await openReplicatedPostgres();
  const known = postgresEpochs();
  const pools = ['one', 'two'].map((name) => openPool({ url: database.url, max: 4, name, run: known }));
  const [pool, other] = [pools[0]!, pools[1]!];
  try {
    await migrate(pool, MIGRATIONS);
    await openDeployment(pool, 1, 1);
    const store = postgresEventStore(pool, MADANG_EVENTS, known);
    await store.heads();
    const forks: number[] = [];
    store.epochs.onFork(({ partition }) => forks.push(partition));
    const old = (await pool.query<{ run: string }>(RUN)).rows[0]!.run;
    // Connections that stay: idle in both pools, and one at work.
    await Promise.all([pool.query('SELECT pg_sleep(0.05)'), other.query('SELECT pg_sleep(0.05)')]);
    const busy = await other.connect();
    busy.on('error', () => undefined);
    await database.caughtUp();
    // Connections outside of pools: for notifications, and for the lock of a build.
    await using wakeUp = await openWakeUp({
      key: Buffer.alloc(32),
      url: database.url,
      name: 'standby-test',
      run: known,
      log: quietLogger,
    });
    const back: string[] = [];
    wakeUp.onReturn(() => back.push('back'));
    const { exclusively } = postgresGenerations({ pool, url: database.url, run: known, runner: 'standby-test' });
    let locked = (): void => undefined;
    const hasLock = new Promise<void>((resolve) => (locked = resolve));
    const lock = exclusively(['rooms'], async (lost) => {
      locked();
      await new Promise((resolve) => lost.addEventListener('abort', resolve));
      return (lost.reason as Error).message;
    });
    await hasLock;
    await database.failOver({ oldLives: true });
    expect((await busy.query<{ run: string }>(RUN)).rows[0]!.run).toBe(old);
    const working = busy.query('SELECT pg_sleep(60)').then(
      () => 'done',
      () => 'broken',
    );

    // As many at the same moment as the pool has idle ones and more: at least one needs a new connection.
    await until(async () => {
      const asked = await Promise.allSettled(Array.from({ length: 4 }, () => pool.query<{ run: string }>(RUN)));
      return asked.every((each) => each.status === 'fulfilled' && each.value.rows[0]!.run !== old);
    }, 'every connection leads to the new primary');
    expect(await working).toBe('broken');
    busy.release(true);
    expect((await other.query<{ run: string }>(RUN)).rows[0]!.run).not.toBe(old);
    expect(forks).toEqual([0]);
    expect(await lock).toContain('run the command again');
    await until(() => back.length === 1, 'wake-ups come from the new primary');
    expect((await wakeUp.query<{ run: string }>(RUN, []))[0]!.run).not.toBe(old);
  } finally {
    await Promise.all(pools.map((each) => each.end()));
  }
}, 120_000);

test('an old primary that lives on is left within seconds by a busy process', async () => {
  await using database = await openReplicatedPostgres();
  const known = postgresEpochs();
  const pool = openPool({ url: database.url, max: 2, name: 'busy', run: known });
  const lifecycle = createLifecycle(quietLogger);
  let made = 0;
  let atWork: pg.PoolClient | undefined;
  pool.on('connect', () => made++);
  try {
    await migrate(pool, MIGRATIONS);
    await openDeployment(pool, 1, 1);
    const store = postgresEventStore(pool, MADANG_EVENTS, known);
    await store.heads();
    const old = (await pool.query<{ run: string }>(RUN)).rows[0]!.run;
    // The pool has two: one is at work all the time, and the other serves queries.
    const busy = (atWork = await pool.connect());
    busy.on('error', () => undefined);
    await pool.query('SELECT 1');
    await database.caughtUp();
    const madeBefore = made;
    const madeAtFork: number[] = [];
    store.epochs.onFork(() => madeAtFork.push(made));
    watchEpochs({
      url: database.url,
      run: known,
      store,
      partitions: 1,
      pollIntervalMs: 100,
      lifecycle,
      logger: quietLogger,
      metrics: createMetrics(),
    });
    await database.failOver({ oldLives: true });
    const seen: string[] = [];
    await until(
      () =>
        busy.query<{ run: string }>(RUN).then(
          ({ rows }) => (seen.push(rows[0]!.run), false),
          () => true,
        ),
      'the connection that was at work is cut off',
    );
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set([old]));
    expect(madeAtFork).toEqual([madeBefore]);
    busy.release(true);
    atWork = undefined;
    await until(
      () =>
        store.heads().then(
          () => true,
          () => false,
        ),
      'the new primary answers',
    );
    expect((await pool.query<{ run: string }>(RUN)).rows[0]!.run).not.toBe(old);
    await lifecycle.stop();
    const watching = "SELECT FROM pg_stat_activity WHERE application_name = 'madang-run-watch'";
    await until(async () => (await pool.query(watching)).rowCount === 0, 'its connection is closed');
  } finally {
    await lifecycle.stop();
    // The pool's end would wait for it.
    atWork?.release(true);
    await pool.end();
  }
}, 120_000);
