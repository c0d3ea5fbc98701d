import type { Partition } from '../../src/engine/domain/ids.js';
import { joinGroup } from '../../src/engine/postgres/group.js';
import type { WakeUp } from '../../src/engine/postgres/wake-up.js';
import { openWakeUp } from '../../src/engine/postgres/wake-up.js';
import { quietLogger, until } from '../support/conditions.js';
import { createTestDatabase } from '../support/database.js';

/** No poll happens while a test runs, and no member is taken for dead. */
const timing = { heartbeatMs: 60_000, ttlMs: 60_000 };

test('a partition that another member took since it was seen free stays that one’s', async () => {
  await using database = await createTestDatabase();
  const wakeUps = [0, 1].map(() =>
    openWakeUp({ key: Buffer.alloc(32), url: database.url, name: 'leases-test', log: quietLogger }),
  );
  const [slowWakeUp, quickWakeUp] = (await Promise.all(wakeUps)) as [WakeUp, WakeUp];
  await using _slow = slowWakeUp;
  await using _quick = quickWakeUp;
  const released: string[] = [];
  const join = (name: string, wakeUp: WakeUp, had: Partition[]) => {
    const member = joinGroup({
      wakeUp,
      group: 'g',
      partitions: 4,
      timing,
      log: quietLogger,
      acquire: (partition) => void had.push(partition),
      release: async (partition, how) => void released.push(`${name} ${partition} ${how}`),
    });
    return { ...member, [Symbol.asyncDispose]: member.stop };
  };
  const [slowHad, quickHad]: [Partition[], Partition[]] = [[], []];

  // The slow one sees itself alone, wants all four, and is held there.
  let go: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (go = resolve));
  let isAboutToTake = false;
  await using slow = join(
    'slow',
    {
      ...slowWakeUp,
      async query(text, values) {
        if (text.includes('INSERT INTO group_leases')) {
          isAboutToTake = true;
          await held;
        }
        return slowWakeUp.query(text, values);
      },
    },
    slowHad,
  );
  await until(() => isAboutToTake, 'the slow member is about to take what is free');
  await using quick = join('quick', quickWakeUp, quickHad);
  await until(() => quick.owned().length === 2, 'the quick member has its share');
  go();
  await until(() => slow.owned().length > 0, 'the slow member has its share');
  expect([quickHad, slowHad, released]).toEqual([[0, 1], [2, 3], []]);
  const { rows } = await database.pool.query('SELECT partition, member_id FROM group_leases ORDER BY partition');
  expect(rows.map(({ member_id: member }: { member_id: string }) => member === rows[0]!.member_id)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
