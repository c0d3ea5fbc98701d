import pg from 'pg';
import { position } from '../../src/engine/domain/ids.js';
import { noteLost } from '../../src/engine/postgres/lost-positions.js';
import { headOf, noticed, openSite, ownPostgres, storeEvents } from '../support/epoch-site.js';

const own = ownPostgres();
const { restart } = own;

/** Without the pool's check, and also where transactions are read-only by default. */
async function operator(...statements: readonly string[]): Promise<pg.QueryResult[]> {
  const client = new pg.Client({ connectionString: own.server.url, options: '-c default_transaction_read_only=off' });
  await client.connect();
  try {
    const results: pg.QueryResult[] = [];
    for (const statement of statements) results.push(await client.query(statement));
    return results;
  } finally {
    await client.end();
  }
}

/** While `work` runs, every transaction is read-only unless it says otherwise. */
async function whileReadOnly(work: () => Promise<void>): Promise<void> {
  await operator('ALTER SYSTEM SET default_transaction_read_only = on', 'SELECT pg_reload_conf()');
  try {
    await work();
  } finally {
    await operator('ALTER SYSTEM RESET default_transaction_read_only', 'SELECT pg_reload_conf()');
  }
}

test('a database without writes is read after a restart; the epoch begins with writes', async () => {
  await using site = await openSite(own.server.url);
  await storeEvents(site, 3);
  const head = await headOf(site);
  const before = { partition: 0, position: position(head), epoch: site.store.epochs.current(0) };
  await whileReadOnly(async () => {
    await restart();
    await noticed(site);
    expect((await site.pool.query('SHOW transaction_read_only')).rows).toEqual([{ transaction_read_only: 'on' }]);
    expect([await headOf(site), await headOf(site)]).toEqual([head, head]);
    expect(site.store.epochs.has(before)).toBe(true);
    // Reported once, for any number of questions for the heads.
    expect(site.forks.filter(({ partition }) => partition === 0)).toEqual([
      { partition: 0, after: head, lostTo: head },
    ]);
    await expect(storeEvents(site, 1)).rejects.toMatchObject({ code: '25006' });
  });
  await restart();
  await noticed(site);
  expect(await headOf(site)).toBe(head);
  expect(await storeEvents(site, 1)).toMatchObject({ status: 'committed', batch: { head: head + 1 } });
  expect(site.store.epochs.has(before)).toBe(true);
  const [stored] = await operator('SELECT epoch::float8 FROM event_heads WHERE partition = 0');
  expect(stored!.rows).toEqual([{ epoch: site.store.epochs.current(0) }]);
});

test('the loss of a database without writes is known before it is read from', async () => {
  await using site = await openSite(own.server.url);
  await storeEvents(site, 4);
  const head = await headOf(site);
  const lost = { partition: 0, position: position(head), epoch: site.store.epochs.current(0) };
  await operator(
    `UPDATE event_heads SET head = ${head - 2} WHERE partition = 0`,
    `DELETE FROM events WHERE partition = 0 AND position > ${head - 2}`,
  );
  await whileReadOnly(async () => {
    await restart();
    await noticed(site);
    expect(site.forks).toContainEqual({ partition: 0, after: head - 2, lostTo: head });
    expect(site.store.epochs.has(lost)).toBe(false);
    expect(site.store.epochs.has({ ...lost, position: position(head - 2) })).toBe(true);
  });
});

test('reads wait neither for a synchronous standby nor for records of the loss', async () => {
  await using site = await openSite(own.server.url);
  await storeEvents(site, 2);
  const head = await headOf(site);
  const epoch = site.store.epochs.current(0);
  await operator(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
  await restart();
  try {
    await noticed(site);
    expect(await headOf(site)).toBe(head);
    expect(site.store.epochs.current(0)).toBeGreaterThan(epoch);
    const [begun] = await operator('SELECT epoch::float8 FROM event_heads WHERE partition = 0');
    expect(begun!.rows).toEqual([{ epoch: site.store.epochs.current(0) }]);
    await noteLost(site.pool, { partition: 0, epoch: site.store.epochs.current(0), lostTo: position(head + 1) });
    const [noted] = await operator(
      'SELECT lost_to::float8 FROM event_epochs WHERE partition = 0 ORDER BY epoch DESC LIMIT 1',
    );
    expect(noted!.rows).toEqual([{ lost_to: head + 1 }]);
  } finally {
    await operator('ALTER SYSTEM RESET synchronous_standby_names', 'SELECT pg_reload_conf()');
  }
});

test('reads do not wait for the holder of a partition’s row', async () => {
  await using site = await openSite(own.server.url);
  await using other = await openSite(own.server.url);
  await headOf(site);
  const holder = new pg.Client({ connectionString: own.server.url });
  await holder.connect();
  try {
    await holder.query('UPDATE event_heads SET filenode = NULL');
    await holder.query('BEGIN');
    await holder.query('SELECT FROM event_heads WHERE partition = 1 FOR UPDATE');
    const epoch = site.store.epochs.current(0);
    expect(await headOf(site)).toBe(await headOf(other));
    await holder.query('ROLLBACK');
    await headOf(site);
    expect(site.store.epochs.current(0)).toBeGreaterThan(epoch + 1);
  } finally {
    await holder.end();
  }
});

test('a copy of a database within one run of the server is another database', async () => {
  await using site = await openSite(own.server.url);
  await storeEvents(site, 2);
  const head = await headOf(site);
  const epoch = site.store.epochs.current(0);
  const url = new URL(own.server.url);
  const name = url.pathname.slice(1);
  url.pathname = '/template1';
  const elsewhere = new pg.Client({ connectionString: url.href });
  await elsewhere.connect();
  // Like a backup that replaces the original: no address changes.
  const cutConnections = (): Promise<unknown> =>
    elsewhere.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [name]);
  try {
    await cutConnections();
    await elsewhere.query(`CREATE DATABASE backup TEMPLATE ${pg.escapeIdentifier(name)}`);
    await noticed(site);
    await storeEvents(site, 3);
    await cutConnections();
    await elsewhere.query(`ALTER DATABASE ${pg.escapeIdentifier(name)} RENAME TO original`);
    await elsewhere.query(`ALTER DATABASE backup RENAME TO ${pg.escapeIdentifier(name)}`);
  } finally {
    await elsewhere.end();
  }
  const lost = { partition: 0, position: position(head + 3), epoch };
  expect(site.store.epochs.has(lost)).toBe(true);
  await noticed(site);
  expect(site.forks).toContainEqual({ partition: 0, after: head, lostTo: head + 3 });
  expect(site.store.epochs.has(lost)).toBe(false);
});
