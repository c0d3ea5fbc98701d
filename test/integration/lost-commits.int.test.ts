import { position } from '../../src/engine/domain/ids.js';
import { createReadModelProgress } from '../../src/engine/gateway/read-model-progress.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { postgresProjectionStore } from '../../src/engine/postgres/projection-store.js';
import { sendSignal } from '../../src/embedded/processes.js';
import { postgresProjections } from '../../src/projections/registry.js';
import { quietLogger, until } from '../support/conditions.js';
import type { Site } from '../support/epoch-site.js';
import { PARTITIONS, headOf, openSite, ownPostgres, storeEvents } from '../support/epoch-site.js';

const own = ownPostgres();

/** The process of PostgreSQL that writes the commits that nobody waited for. */
async function walWriter({ pool }: Site): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'",
  );
  return rows[0]!.pid;
}

const LOST = 'SELECT pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn() AS unwritten';

test.each([
  [
    'one of its processes is killed, and the server recovers',
    (writer: number) => Promise.resolve(sendSignal(writer, 'SIGKILL')),
  ],
  [
    'the server is killed, and started again',
    async (writer: number) => {
      // Both, since a stopped one would keep the server's memory from being released.
      const killed = own.server.kill();
      sendSignal(writer, 'SIGKILL');
      await killed;
      await own.server.start();
    },
  ],
])('atLeast stays right after a crash that took commits of read models: %s', async (_how, crash) => {
  await using site = await openSite(own.server.url);
  const projecting = openPool({ url: own.server.url, max: 2, name: 'lost-commits', durable: false, run: site.known });
  const models = postgresProjectionStore(projecting, site.known);
  await using progress = createReadModelProgress({
    models: [{ store: models, projections: postgresProjections, isTransient }],
    events: site.store,
    partitions: PARTITIONS,
    pollIntervalMs: 20,
    logger: quietLogger,
  });
  site.known.epochs.onFork(({ partition, after }) => progress.forked(partition, after));
  let broken = 0;
  site.known.onBroken(() => {
    progress.forget();
    broken++;
  });
  /** Projects up to the end, as the projector does. */
  const project = async (): Promise<void> => {
    const head = position(await headOf(site));
    for (const projection of postgresProjections) {
      const { position: from } = await models.progress(projection, 0);
      const events = (await site.store.readPartition(0, from, 1_000)).filter(({ event }) =>
        projection.handles.includes(event.type),
      );
      if (from < head) expect(await models.apply(projection, 0, from, head, events)).toBe('applied');
      await models.setLive(projection, 0, true);
    }
  };
  const stands = async (): Promise<readonly number[]> =>
    (await models.progressOfAll(postgresProjections, 1)).map(([at]) => at!.position);
  try {
    await storeEvents(site, 2);
    await project();
    const before = await headOf(site);
    await storeEvents(site, 1);
    const at = { partition: 0, position: position(await headOf(site)) };
    const writer = await walWriter(site);
    sendSignal(writer, 'SIGSTOP');
    await project();
    expect(await progress.reached(at, AbortSignal.timeout(5_000))).toBe(true);
    expect((await site.pool.query<{ unwritten: boolean }>(LOST)).rows).toEqual([{ unwritten: true }]);

    await crash(writer);
    await until(() => broken > 0, 'the connections break');
    // Each pool has more than one, and none of them is left.
    const answers = (): Promise<unknown[]> =>
      Promise.all([site.pool, projecting].flatMap((pool) => Array.from({ length: 4 }, () => pool.query('SELECT 1'))));
    await until(
      () =>
        answers().then(
          () => true,
          () => false,
        ),
      'the server answers again',
    );
    expect(await headOf(site)).toBe(at.position);
    expect(new Set(await stands())).toEqual(new Set([before]));
    const waits = progress.reached(at, AbortSignal.timeout(30_000));
    let answered = false;
    void waits.then(() => (answered = true));
    expect(await progress.reached({ partition: 0, position: position(before) }, AbortSignal.timeout(30_000))).toBe(
      true,
    );
    expect(answered).toBe(false);
    await project();
    expect(await waits).toBe(true);
  } finally {
    await projecting.end();
  }
});
