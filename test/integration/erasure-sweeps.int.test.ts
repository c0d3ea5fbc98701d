import { ERASED_USER, userId } from '../../src/engine/domain/ids.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import { postgresErasure } from '../../src/erasure/postgres-erasure.js';
import { until } from '../support/conditions.js';
import { tracesIn } from '../support/traces.js';
import { PARTITIONS, FAY, SECRETS, openSite, newRooms, deleteFay, eraseFay } from '../support/erasure-site.js';

test('late commands are swept up behind a log that was made anew', async () => {
  await using site = await openSite();
  await using _ = await site.start();
  const [room] = newRooms(1);
  await site.inhabit([room!]);
  await eraseFay(site);
  await site.sweep();
  expect(await tracesIn(site.pool, SECRETS)).toEqual([]);

  await site.restartLog();
  expect(await site.run('SendMessage', room!, FAY.id, { roomId: room, body: 'late secret-zq7' })).toBe(
    'ACCOUNT_DELETED',
  );
  const own = async () =>
    (await site.pool.query<{ n: number }>('SELECT count(*)::integer AS n FROM receipts WHERE user_id = $1', [FAY.id]))
      .rows[0]!.n;
  expect([await own(), await tracesIn(site.pool, SECRETS)]).toEqual([1, ['commands']]);
  await site.sweep();
  expect([await own(), await tracesIn(site.pool, SECRETS)]).toEqual([0, []]);
});

test('a log made anew that has outgrown the last sweep is swept whole in the end', async () => {
  await using site = await openSite();
  await using _ = await site.start();
  const [room] = newRooms(1);
  await site.inhabit([room!]);
  await eraseFay(site);
  await site.sweep();
  const swept = async () =>
    (await site.pool.query<{ swept: Record<string, number> }>('SELECT swept FROM erased_accounts')).rows[0]!.swept;
  const upTo = (await swept())[`postgres:commands/${partitionOf(room!, PARTITIONS)}`]!;

  await site.restartLog();
  const say = (user: string, body: string) => site.send('SendMessage', room!, user, { roomId: room, body });
  const late = await say(FAY.id, 'late secret-zq7');
  for (let more = 0; more < upTo; more++) await say('ben', 'of ben');
  const last = await say(FAY.id, 'last secret-zq7');
  for (const command of [late, last]) expect(await site.decided(command)).toBe('ACCOUNT_DELETED');
  await site.pool.query("UPDATE erased_accounts SET erased_at = now() - interval '2 days'");
  expect([await site.sweep(), await site.erasure.pending()]).toEqual([1, 0]);
  expect(await tracesIn(site.pool, SECRETS)).toEqual([]);
  expect((await site.pool.query('SELECT FROM receipts WHERE user_id = $1', [FAY.id])).rowCount).toBe(0);
});

test('a letter about the account that comes back after the last sweep is swept, too', async () => {
  await using site = await openSite();
  await using _ = await site.start();
  const [room] = newRooms(1);
  await site.inhabit([room!]);
  const partition = partitionOf(room!, PARTITIONS);
  const payloads = [
    JSON.stringify({ about: { authorId: FAY.id }, body: 'secret-zq7' }),
    JSON.stringify({ inner: JSON.stringify({ authorId: FAY.id, body: 'secret-zq7' }) }),
    `an odd quote "${JSON.stringify({ authorId: FAY.id, body: 'secret-zq7' })}`,
    JSON.stringify({ authorId: 'ben', body: 'of ben' }),
  ];
  for (const payload of payloads)
    await site.pool.query(
      `WITH head AS (UPDATE command_heads SET next_offset = next_offset + 1 WHERE queue = 'commands' AND partition = $1
         RETURNING next_offset - 1 AS at)
       INSERT INTO commands (queue, partition, "offset", key, command_id, payload)
       SELECT 'commands', $1, at, '', 'no command', $2 FROM head`,
      [partition, payload],
    );
  const letters = async () =>
    (
      await site.pool.query<{ payload: string }>(
        // The erased commands of the log are letters, too, once they are decided again.
        "SELECT payload FROM dead_letters WHERE payload <> '{}' ORDER BY id",
      )
    ).rows.map(({ payload }) => payload);
  const say = () => site.run('SendMessage', room!, 'ben', { roomId: room, body: 'of ben' });
  expect(await say()).toBeNull();
  expect(await letters()).toEqual(payloads);
  await deleteFay(site);
  await until(async () => (await site.eventsOf('MemberErased')).length === 1, 'the room has heard of it');
  await site.pool.query("UPDATE erased_accounts SET erased_at = now() - interval '2 days'");
  expect([await site.sweep(), await site.erasure.pending()]).toEqual([1, 0]);
  const erased: unknown[] = [1, 2, 3].map(() => expect.stringMatching(/^\{"erased" : \d+\}$/));
  expect(await letters()).toEqual([...erased, payloads[3]]);

  // The database went back: the records are decided again.
  await site.stopDeciding();
  await site.pool.query("UPDATE command_checkpoints SET next_offset = 0 WHERE queue = 'postgres:commands'");
  await site.decideAgain();
  expect(await say()).toBeNull();
  expect(await letters()).toEqual([...erased, ...payloads.slice(3), ...payloads.slice(0, 3)]);
  await site.pool.query("UPDATE dead_letters SET at = at - interval '2 minutes'");
  expect([await site.erasure.sweep(), await site.erasure.pending()]).toEqual([1, 0]);
  expect((await letters()).filter((payload) => payload.includes('secret-zq7'))).toEqual([]);
  expect(await site.erasure.sweep()).toBe(0);
});

test('while another store is away the database is swept once, and the store retried', async () => {
  await using site = await openSite();
  await using _ = await site.start();
  const asked: (readonly string[])[] = [];
  let isAway = true;
  let told = 0;
  const elsewhere = {
    sweep: async (users: readonly string[]) => {
      asked.push(users);
      if (isAway) throw new Error('the store is away');
    },
    logger: { warn: () => void told++ },
  };
  const { sweep, pending } = postgresErasure(site.pool, elsewhere);
  const turn = async () => {
    await site.pool.query('UPDATE erased_accounts SET next_sweep_at = now() WHERE next_sweep_at IS NOT NULL');
    return sweep();
  };
  const own = async () => (await site.pool.query('SELECT FROM receipts WHERE user_id = $1', [FAY.id])).rowCount;
  await site.inhabit(newRooms(1));
  await eraseFay(site);
  expect(await turn()).toBe(1);
  expect([await own(), await tracesIn(site.pool, SECRETS)]).toEqual([0, []]);
  // The last turn goes through all of it once more.
  await site.pool.query("UPDATE erased_accounts SET erased_at = now() - interval '2 days'");
  expect(await turn()).toBe(1);

  // A row that is put back after the sweep shows whether all of it is swept again: the sweep begins where it stopped.
  await site.pool.query("UPDATE receipts SET user_id = $1 WHERE queue = 'postgres:commands' AND user_id = $2", [
    FAY.id,
    ERASED_USER,
  ]);
  const putBack = await own();
  expect(putBack).toBeGreaterThan(0);
  expect([await turn(), await own(), await pending(), told]).toEqual([1, putBack, 1, 1]);
  expect(asked).toEqual([[FAY.id], [FAY.id], [FAY.id]]);

  isAway = false;
  expect([await turn(), asked.length, told]).toEqual([1, 4, 1]);
  expect([await turn(), asked.length, await pending()]).toEqual([1, 4, 0]);
});

test('an undecided command is left as it is, also below a receipt of the older log', async () => {
  await using site = await openSite();
  await using _ = await site.start();
  const [room] = newRooms(1);
  await site.inhabit([room!]);
  await deleteFay(site);
  await until(async () => (await site.eventsOf('MemberErased')).length === 1, 'the room has heard of it');
  await site.restartLog();
  const say = { roomId: room, body: 'late secret-zq7' };
  expect(await site.run('SendMessage', room!, FAY.id, say)).toBe('ACCOUNT_DELETED');
  await site.stopDeciding();
  const late = await site.send('SendMessage', room!, FAY.id, say);
  expect(await site.sweep()).toBe(1);
  await site.decideAgain();
  expect(await site.decided(late)).toBe('ACCOUNT_DELETED');
  await site.sweep();
  expect(await tracesIn(site.pool, ['secret-zq7'])).not.toContain('commands');
});

test("of two sweeps at once, the second leaves the first one's accounts alone", async () => {
  await using site = await openSite();
  const [fay, gil] = [FAY.id, userId('gil')];
  for (const user of [fay, gil]) await site.erasure.begin(user);
  await site.pool.query('UPDATE erased_accounts SET next_sweep_at = now()');
  const first = await site.pool.connect();
  try {
    await first.query('BEGIN');
    await first.query('SELECT FROM erased_accounts WHERE user_id = $1 FOR UPDATE', [fay]);
    let swept: number | undefined;
    const second = site.erasure.sweep().then((count) => (swept = count));
    const waits = async () =>
      (
        await site.pool.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
      ).rowCount !== 0;
    await until(async () => swept !== undefined || (await waits()), 'the second has swept, or waits for the first');
    expect(swept).toBe(1);
    await first.query('ROLLBACK');
    await second;
  } finally {
    first.release();
  }
  const { rows } = await site.pool.query('SELECT user_id, sweeps FROM erased_accounts ORDER BY user_id');
  expect(rows).toEqual([
    { user_id: 'gil', sweeps: 1 },
    { user_id: fay, sweeps: 0 },
  ]);
  // Gil's next turn is later.
  expect(await site.erasure.sweep()).toBe(1);
});

test('an account that is entered among the erased again, or twice, keeps its salt', async () => {
  await using site = await openSite();
  const salts = await Promise.all(Array.from({ length: 4 }, () => site.erasure.begin(FAY.id)));
  expect(new Set([...salts, await site.erasure.begin(FAY.id)]).size).toBe(1);
  expect(await site.erasure.among([FAY.id, userId('ben')])).toEqual(new Map([[FAY.id, salts[0]]]));
});
