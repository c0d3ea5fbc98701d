import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { commandId, userId } from '../../src/engine/domain/ids.js';
import type { Engine } from '../../src/engine/open-engine.js';
import { openEngine } from '../../src/engine/open-engine.js';
import type { AnnouncedProcess } from '../../src/engine/postgres/live-processes.js';
import { announceProcess } from '../../src/engine/postgres/live-processes.js';
import { quietLogger, until } from '../support/conditions.js';
import { createTestDatabase } from '../support/database.js';
import { NEWER, OLDER } from '../support/two-versions.js';

const COUNTER = 'c1';

/** An older process, such as one that only serves the API: it reads the log and decides nothing. */
const older = (pool: pg.Pool): Promise<AnnouncedProcess> =>
  announceProcess({ pool, reads: OLDER.reads, name: 'older', pollIntervalMs: 50, logger: quietLogger });
const newer = (url: string): Promise<Engine> =>
  openEngine({ domain: NEWER, databaseUrl: url, partitions: 1, logger: quietLogger });
const asked = (type: string, data: object, id = randomUUID() as string) => ({
  type,
  data: { counterId: COUNTER, ...data },
  userId: userId('mina'),
  commandId: id,
});
const notYet = { code: 'LOG_UNAVAILABLE', message: expect.stringContaining('older version') as unknown };

async function stored(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ text: string }>(
    "SELECT type || ' ' || schema AS text FROM events ORDER BY partition, position",
  );
  return rows.map(({ text }) => text);
}
const count = async (pool: pg.Pool, table: 'commands' | 'receipts'): Promise<number> =>
  (await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`)).rows[0]!.n;
const isTaken = (engine: Engine): Promise<boolean> =>
  engine.submit(asked('Reset', {})).then(
    () => true,
    () => false,
  );
/** What `madang_versions_not_written` says, and with it the alert. */
const notWritten = async ({ metrics }: Engine): Promise<number | undefined> =>
  (await metrics.versionsNotWritten.get()).values[0]?.value;
const receiptOf = async (engine: Engine, id: string): Promise<string | undefined> =>
  (await engine.store.receipts([commandId(id)])).get(commandId(id))?.rejection?.code;

test('a new event is written, and a new command taken, once no older process lives', async () => {
  await using database = await createTestDatabase();
  const { pool } = database;
  const old = await older(pool);
  await using engine = await newer(database.url);
  expect(await notWritten(engine)).toBeGreaterThan(0);
  expect(await engine.submit(asked('Touch', {}))).toMatchObject({ status: 'DECIDED', receipt: { rejection: null } });

  const counted = randomUUID();
  await expect(engine.submit(asked('Count', { by: 1 }, counted))).rejects.toMatchObject(notYet);
  // Sent again while it cannot be written yet: the same answer.
  await expect(engine.submit(asked('Count', { by: 1 }, counted))).rejects.toMatchObject(notYet);
  expect(await receiptOf(engine, counted)).toBe('NOT_YET');
  const accepted = randomUUID();
  await engine.submit({ ...asked('Count', { by: 2 }, accepted), waitFor: 'ACCEPTED' });
  await until(async () => (await receiptOf(engine, accepted)) === 'NOT_YET', 'it has an outcome');

  const before = await count(pool, 'commands');
  await expect(engine.submit(asked('Reset', {}))).rejects.toMatchObject(notYet);
  expect(await count(pool, 'commands')).toBe(before);
  expect(await stored(pool)).toEqual([]);

  await old.stop();
  const again = asked('Count', { by: 1 }, counted);
  await until(
    () =>
      engine.submit(again).then(
        () => true,
        () => false,
      ),
    'the new version is written',
  );
  await until(async () => (await notWritten(engine)) === 0, 'the metric says so');
  expect(await engine.submit(again)).toMatchObject({ status: 'DECIDED', receipt: { rejection: null, events: 1 } });
  expect(await engine.submit({ ...asked('Count', { by: 2 }, accepted), waitFor: 'ACCEPTED' })).toMatchObject({
    status: 'ACCEPTED',
  });
  await until(async () => (await receiptOf(engine, accepted)) === undefined, 'it is decided anew');
  expect(await engine.submit(asked('Reset', {}))).toMatchObject({ receipt: { rejection: null, events: 1 } });
  expect(await stored(pool)).toEqual(['Counted 2', 'Counted 2', 'Reset 1']);
  expect(await count(pool, 'receipts')).toBe(4);
  await expect(older(pool)).rejects.toMatchObject({
    code: 'PROGRAM_OLDER',
    message: expect.stringContaining('event Counted of version 2') as unknown,
  });
});

test('the commandId of a refused command is not free for another command', async () => {
  await using database = await createTestDatabase();
  const old = await older(database.pool);
  await using engine = await newer(database.url);
  const id = randomUUID();
  await expect(engine.submit(asked('Count', { by: 1 }, id))).rejects.toMatchObject(notYet);
  await old.stop();
  const foreign = { ...asked('Touch', {}, id), userId: userId('jun') };
  expect(await engine.submit(foreign)).toMatchObject({ receipt: { rejection: { code: 'COMMAND_ID_REUSED' } } });
});

test('a command that nobody repeats waits, and is decided in order', async () => {
  await using database = await createTestDatabase();
  const old = await older(database.pool);
  await using engine = await newer(database.url);
  const waiting = [engine.submit(asked('Restart', {})), engine.submit(asked('Touch', {}))];
  await until(async () => (await count(database.pool, 'commands')) === 2, 'both are on the log');
  expect(await count(database.pool, 'receipts')).toBe(0);
  const { rows } = await database.pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  await old.stop();
  const [restarted, touched] = await Promise.all(waiting);
  expect(restarted).toMatchObject({ status: 'DECIDED', receipt: { rejection: null, events: 1 } });
  expect(touched).toMatchObject({ status: 'DECIDED', receipt: { rejection: null, events: 0 } });
  const decidedAt = (restarted as { readonly receipt: { readonly decidedAt: Date } }).receipt.decidedAt;
  expect(decidedAt.getTime()).toBeGreaterThanOrEqual(rows[0]!.now.getTime());
});

test('a process that died counts for half a minute', async () => {
  await using database = await createTestDatabase();
  const { pool } = database;
  await pool.query("INSERT INTO live_processes VALUES ($1, 'dead', $2, now(), now() - interval '26 seconds')", [
    randomUUID(),
    JSON.stringify(OLDER.reads),
  ]);
  await using engine = await newer(database.url);
  await expect(engine.submit(asked('Reset', {}))).rejects.toMatchObject(notYet);
  await until(() => isTaken(engine), 'the new version is written');
});

test('an older process that comes back after the others went on is not ready', async () => {
  await using database = await createTestDatabase();
  const old = await older(database.pool);
  await using engine = await newer(database.url);
  expect([await engine.problems(), old.problems()]).toEqual([[], []]);
  await until(async () => {
    // As the others do after half a minute without a heartbeat.
    await database.pool.query("DELETE FROM live_processes WHERE name LIKE 'older%'");
    return old.problems().length === 1;
  }, 'the older process knows that it is too old');
  expect(await isTaken(engine)).toBe(true);
  await old.stop();
});

test('of an older and a newer process that start together, one gives way', async () => {
  for (let round = 0; round < 5; round++) {
    await using database = await createTestDatabase();
    const { pool } = database;
    const start = (domain: typeof OLDER, name: string) =>
      announceProcess({ pool, reads: domain.reads, name, pollIntervalMs: 60_000, logger: quietLogger });
    const [old, fresh] = await Promise.allSettled([start(OLDER, 'older'), start(NEWER, 'newer')]);
    const { value: announced } = fresh as PromiseFulfilledResult<AnnouncedProcess>;
    expect([old.status, announced.isWritable('event', 'Reset')]).toEqual(
      old.status === 'fulfilled' ? ['fulfilled', false] : ['rejected', true],
    );
    await announced.stop();
    if (old.status === 'fulfilled') await old.value.stop();
  }
});
