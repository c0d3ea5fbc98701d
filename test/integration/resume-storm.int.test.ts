import pg from 'pg';
import { position } from '../../src/engine/domain/ids.js';
import { until } from '../support/conditions.js';
import { inRoom, openRoomSite } from '../support/room-site.js';

/** Counts the statements of this process, by name or text, until it is disposed of. */
function countStatements() {
  const counts = new Map<string, number>();
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [asked] = args as [string | { readonly name?: string; readonly text: string }];
    const name = typeof asked === 'string' ? asked : (asked.name ?? asked.text);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return Reflect.apply(query, this, args) as unknown;
  } as typeof query;
  return {
    counts,
    [Symbol.dispose]: () => void (pg.Client.prototype.query = query),
  };
}

test('500 members who come back at once cost a few statements, not some for each', async () => {
  await using site = await openRoomSite();
  const of = inRoom(site.room);
  const users = Array.from({ length: 500 }, (_, n) => `u${n}`);
  await site.store(of.created('u0'), ...users.map((user) => of.joined(user)));
  const began = (await site.log.store.heads())[0]!;
  await site.store(...Array.from({ length: 30 }, (_, n) => of.posted(`u${n}`, n + 1, `text ${n}`)));
  await site.project();
  await site.hear();

  using statements = countStatements();
  // Some of them missed the first messages, and some have them.
  const followed = await Promise.all(users.map((user, n) => site.follow(user, position(began + (n % 5)))));
  await until(() => followed.every(({ bodies }) => bodies.at(-1) === 'text 29'), 'all have what they missed');
  for (const [n, { bodies, end }] of followed.entries()) {
    expect(bodies).toEqual(Array.from({ length: 30 }, (_, seq) => `text ${seq}`).slice(n % 5));
    end();
  }
  // The history, the memberships, and how far the log and the read models are.
  const { counts } = statements;
  const ofQueries = [...counts].filter(([name]) => !name.includes('set_config'));
  // Each once; on a busy machine they come in a few groups. One by one they would be more than a thousand.
  expect(Math.max(...ofQueries.map(([, count]) => count))).toBeLessThanOrEqual(8);
  expect([...counts.keys()]).toContain('read-key');
});

test('a stranger among those who come back is refused, and the others are let in', async () => {
  await using site = await openRoomSite();
  const of = inRoom(site.room);
  await site.store(of.created('ann'), of.joined('ann'), of.joined('ben'), of.posted('ann', 1, 'hello'));
  await site.project();
  await site.hear();
  await site.store(of.left('ben'));
  await site.project();
  await site.hear();
  const began = await Promise.allSettled(['ann', 'ben', 'cid'].map((user) => site.follow(user, position(0))));
  const refused = began.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
  const admitted = began.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  expect(refused).toEqual([expect.stringContaining('FORBIDDEN'), expect.stringContaining('FORBIDDEN')]);
  await until(() => admitted[0]!.bodies.length === 1, 'the member has the message');
  expect(admitted.map(({ bodies }) => bodies)).toEqual([['hello']]);
  admitted[0]!.end();
});
