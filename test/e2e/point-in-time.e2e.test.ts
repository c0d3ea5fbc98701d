import pg from 'pg';
import { runCli } from '../support/cli.js';
import { shellBlocks } from '../support/documented-commands.js';
import { startMadang } from '../support/madang.js';
import { openOwnPostgres } from '../support/own-postgres.js';
import { codeAt, historyOf, sendOnWire } from '../support/restored-room.js';
import { commanded, signInOnWire, wireUser } from '../support/wire.js';

/** The blocks of docs/backups.md for a PostgreSQL of one's own, by their first command. */
async function documented() {
  const blocks = await shellBlocks('docs/backups.md');
  const find = (text: string): string => blocks.find((block) => block.includes(text))!;
  return {
    archive: find('archive_command'),
    copy: find('pg_basebackup'),
    save: find('cp -n'),
    replay: find('recovery_target_time'),
  };
}

async function ask<T extends pg.QueryResultRow>(url: string, text: string): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows[0]!;
  } finally {
    await client.end();
  }
}

test('a database is restored to a point in time, by the documented commands', async () => {
  await using postgres = await openOwnPostgres();
  const { archive, copy, save, replay } = await documented();
  const env = { DATABASE_URL: postgres.url, REDIS_URL: process.env.TEST_REDIS_URL!, MADANG_LOG: 'embedded' };
  expect(await postgres.run([archive])).toMatchObject({ code: 0 });

  await using first = await startMadang({ env });
  const mina = await signInOnWire(first.url, 'mina');
  const roomId = (await commanded(mina, 'createRoom', { title: '마당' }, 'PROJECTED')).room!.id;
  await sendOnWire(mina, roomId, 'before the copy');
  expect(await postgres.run([copy])).toMatchObject({ code: 0 });
  const kept = await sendOnWire(mina, roomId, 'before the moment');
  const { target } = await ask<{ target: string }>(postgres.url, 'SELECT clock_timestamp()::text AS target');
  const lost = await sendOnWire(mina, roomId, 'after the moment');
  const { epoch } = await ask<{ epoch: string }>(postgres.url, 'SELECT max(epoch)::text AS epoch FROM event_heads');
  expect(await first.stop()).toBe(0);

  const restored = await postgres.run([save, replay], { TARGET: target });
  expect([restored.output, restored.code]).toEqual([expect.any(String), 0]);

  await using second = await startMadang({ env });
  const again = wireUser(second.url, mina.token, mina.userId);
  expect(await historyOf(again, roomId)).toEqual([1, kept.seq]);
  expect(await codeAt(again, roomId, kept.position)).toBe('no error');
  expect(await codeAt(again, roomId, lost.position)).toBe('POSITION_GONE');
  expect((await sendOnWire(again, roomId, 'anew')).seq).toBe(lost.seq);
  const raised = await ask<{ epoch: string }>(postgres.url, 'SELECT max(epoch)::text AS epoch FROM event_heads');
  expect(BigInt(raised.epoch)).toBeGreaterThan(BigInt(epoch));
  expect(await codeAt(again, roomId, lost.position)).toBe('POSITION_GONE');
  expect(await runCli(env, 'projections', 'verify', '--all')).toMatchObject({ code: 0 });

  // No process saw the loss. Redis still had the last message, and says so to the operator: for the alert, and for the
  // query of docs/operations.md.
  const range = 'SELECT fork::integer AS fork, lost_to::integer AS to FROM event_epochs WHERE lost_to IS NOT NULL';
  const noted = await ask<{ fork: number; to: number }>(postgres.url, range);
  expect(noted.to).toBeGreaterThan(noted.fork);
  const metrics = await (await fetch(`${second.url}/metrics`)).text();
  const counts = [...metrics.matchAll(/^madang_lost_events_total\{.*\} ([1-9]\d*)$/gm)].map(([, count]) =>
    Number(count),
  );
  expect(counts).toEqual([noted.to - noted.fork]);
}, 240_000);
