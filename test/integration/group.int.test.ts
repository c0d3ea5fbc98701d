import type { DomainEvent } from '../../src/events/event.js';
import type { RoomId } from '../../src/events/ids.js';
import { ERASED_USER, userId } from '../../src/engine/domain/ids.js';
import { postgresErasure } from '../../src/erasure/postgres-erasure.js';
import { until } from '../support/conditions.js';
import { openEventLog } from '../support/event-log.js';
import { openGroupSite } from '../support/group-site.js';

const FAY = userId('fay');
const by = (roomId: RoomId, user: string, seq: number, body = 'hello'): DomainEvent => ({
  type: 'MessagePosted',
  data: { roomId, seq, authorId: userId(user), body },
});
const moved = (type: 'MemberLeft' | 'MemberErased', roomId: RoomId, user: string): DomainEvent => ({
  type,
  data: { roomId, userId: userId(user) },
});
const joined = (roomId: RoomId, user: string): DomainEvent => ({
  type: 'MemberJoined',
  data: { roomId, userId: userId(user), seq: 0 },
});

/** A promise that the test settles. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

test('a resume after an erasure gets nothing of it from the group, and misses nothing', async () => {
  await using site = await openGroupSite();
  const { room } = site;
  const listener = site.listen(0);
  const before = await site.store(
    joined(room, 'fay'),
    by(room, 'fay', 1, 'secret words'),
    by(room, 'ben', 2, 'of ben'),
  );
  site.deliver(before);
  await until(() => listener.positions.length === 3, 'the words were told');

  const after = await site.store(moved('MemberLeft', room, 'fay'), moved('MemberErased', room, 'fay'));
  await postgresErasure(site.log.database.pool).eraseMessages(
    { partition: 0, roomId: room, upTo: after[1]!.position },
    FAY,
  );
  site.deliver(after);
  await until(() => listener.positions.length === 5, 'the erasure was told');

  for (const from of [0, 1]) {
    const third = site.listen(from, { user: 'cid' });
    await until(() => third.positions.length === 5 - from, 'the third has caught up');
    expect(third.results.join()).not.toMatch(/secret/);
    expect(third.positions).toEqual([1, 2, 3, 4, 5].slice(from));
    expect(JSON.parse(third.results[1 - from]!)).toMatchObject({ data: { authorId: ERASED_USER, body: '' } });
  }
});

test('events kept behind the erasure need no read, and unconcerned ones stay', async () => {
  await using site = await openGroupSite();
  const { room } = site;
  let reads = 0;
  const listener = site.listen(0);
  site.deliver(await site.store(by(room, 'ben', 1)));
  await until(() => listener.positions.length === 1, 'the first came');
  site.history.before = () => void reads++;
  site.group.forget(FAY);
  const resumed = site.listen(0);
  await until(() => resumed.positions.length === 1, 'it was kept');
  expect(reads).toBe(0);
  site.group.forget(userId('ben'));
  const again = site.listen(0);
  await until(() => again.positions.length === 1, 'it was read');
  expect(reads).toBe(1);
});

test('a result executed during the deletion is rendered again, not delivered', async () => {
  await using site = await openGroupSite();
  const { room } = site;
  let name = 'Fay of old';
  const { opened, open } = gate();
  let began = 0;
  site.render = async ({ position: at }) => {
    const shown = name;
    if (began++ === 0) await opened;
    return JSON.stringify({ at, name: shown });
  };
  const listener = site.listen(0);
  site.deliver(await site.store(joined(room, 'fay')));
  await until(() => began === 1, 'the execution runs');
  name = 'Deleted user';
  site.group.forget(FAY);
  open();
  await until(() => listener.positions.length === 1, 'it was told');
  const resumed = site.listen(0);
  await until(() => resumed.positions.length === 1, 'it was told again');
  expect([...listener.results, ...resumed.results].join()).not.toMatch(/of old/);
});

test('an event that comes while the history is read is delivered, at any moment', async () => {
  await using site = await openGroupSite();
  const { room } = site;
  site.deliver(await site.store(by(room, 'ben', 1)));
  await site.executed();
  site.group.forget(userId('ben'));
  const [last] = await site.store(by(room, 'ben', 2));
  // Not in the page that is read: stored and delivered before the reader continues.
  let next: Awaited<ReturnType<typeof site.store>> = [];
  site.history.after = async () => {
    site.history.after = () => undefined;
    next = await site.store(by(room, 'ben', 3));
    site.deliver([last!, ...next]);
  };
  const listener = site.listen(0);
  await until(() => listener.positions.length === 3, 'every event came');
  expect(listener.positions).toEqual([1, 2, 3]);
});

test.each([199, 200, 201, 400, 401])('a history of %i events comes whole, and then the live ones', async (count) => {
  await using site = await openGroupSite();
  const { room } = site;
  site.deliver(await site.store(...Array.from({ length: count }, (_, n) => by(room, 'ben', n + 1))));
  // Nothing of them is kept: the group existed, and has forgotten.
  await site.executed();
  site.group.forget(userId('ben'));
  const listener = site.listen(0);
  await until(() => listener.positions.length === count, 'the history came');
  site.deliver(await site.store(by(room, 'ben', count + 1)));
  await until(() => listener.positions.length === count + 1, 'the live event came');
  expect(listener.positions).toEqual(Array.from({ length: count + 1 }, (_, n) => n + 1));
});

test('a subscriber who turns live just when results are dropped misses none', async () => {
  await using log = await openEventLog(1);
  for (let steps = 0; steps < 14; steps++) {
    await using site = await openGroupSite(log);
    const { room } = site;
    // The group has dropped the first: that one is history, the others are kept.
    const events = [...(await site.store(by(room, 'ben', 1)))];
    site.deliver(events);
    await site.executed();
    site.group.forget(userId('ben'));
    site.history.after = async () => {
      site.history.after = () => undefined;
      const kept = await site.store(by(room, 'fay', 2), by(room, 'ben', 3));
      events.push(...kept);
      site.deliver(kept);
      await site.executed();
    };
    let waits = steps;
    const wait = (): void => (waits-- > 0 ? queueMicrotask(wait) : site.group.forget(FAY));
    const [first] = events;
    const listener = site.listen(first!.position - 1, { next: (at) => void (at === first!.position && wait()) });
    await until(() => listener.positions.length === 3, `every event came, forgotten after ${steps} steps`);
    expect(listener.positions).toEqual(events.map(({ position }) => position));
  }
});

test('history that was read before the log went back is delivered as it is now', async () => {
  await using site = await openGroupSite();
  const { room } = site;
  site.deliver(await site.store(by(room, 'ben', 1)));
  await site.executed();
  site.group.forget(userId('ben'));
  await site.store(by(room, 'ben', 2, 'lost'));
  const { opened, open } = gate();
  let began = 0;
  site.render = async ({ position: at, event }) => {
    if (at === 2 && began++ === 0) await opened;
    return JSON.stringify({ at, ...event });
  };
  const listener = site.listen(0);
  await until(() => began === 1, 'the second is executed');
  const { pool } = site.log.database;
  await pool.query('DELETE FROM events WHERE position = 2');
  await pool.query('UPDATE event_heads SET head = 1');
  site.forked(1);
  site.deliver(await site.store(by(room, 'ben', 2, 'instead')));
  open();
  await until(() => listener.positions.length === 2, 'both came');
  expect(listener.positions).toEqual([1, 2]);
  expect(listener.results.join()).toMatch(/instead/);
  expect(listener.results.join()).not.toMatch(/lost/);
});

test('a subscriber who has more than is left of the log is ended', async () => {
  await using site = await openGroupSite();
  const { room } = site;
  const [first] = await site.store(by(room, 'ben', 1));
  site.deliver([first!]);
  await site.executed();
  site.group.forget(userId('ben'));
  // Stored, and not delivered yet: it is read from the record.
  await site.store(by(room, 'ben', 2));
  const ahead = site.listen(0);
  await until(() => ahead.positions.length === 2, 'the record was told');
  site.forked(1);
  await until(() => ahead.ends.length === 1, 'it is ended');
  expect(ahead.ends).toEqual([{ reason: 'gone' }]);
});

describe('in a busy room, while results wait for others,', () => {
  const many = (site: Awaited<ReturnType<typeof openGroupSite>>) =>
    Array.from({ length: 1_000 }, (_, n) => site.listen(0, { user: `u${n}` }));

  test('a member who leaves gets all up to the leaving, and nothing behind it', async () => {
    await using site = await openGroupSite();
    const { room } = site;
    const listeners = many(site);
    const events = await site.store(
      by(room, 'u1', 1),
      by(room, 'u1', 2),
      moved('MemberLeft', room, 'u7'),
      by(room, 'u1', 3),
    );
    site.deliver(events);
    await until(() => listeners.every(({ positions }, n) => positions.length === (n === 7 ? 3 : 4)), 'all came');
    await listeners[7]!.over;
    expect(listeners[7]!.ends).toEqual([{ reason: 'left' }]);
    expect(listeners[7]!.positions).toEqual([1, 2, 3]);
    for (const [n, { positions, ends }] of listeners.entries())
      if (n !== 7) expect({ positions, ends }).toEqual({ positions: [1, 2, 3, 4], ends: [] });
  });

  test('a subscriber who joins gets each event once', async () => {
    await using site = await openGroupSite();
    const { room } = site;
    const listeners = many(site);
    const late: ReturnType<typeof site.listen>[] = [];
    for (let seq = 1; seq <= 40; seq++) {
      site.deliver(await site.store(by(room, 'u1', seq)));
      late.push(site.listen(0, { user: 'late' }), site.listen(Math.floor(seq / 2), { user: 'late' }));
    }
    const all = Array.from({ length: 40 }, (_, n) => n + 1);
    await until(() => [...listeners, ...late].every(({ positions }) => positions.at(-1) === 40), 'all came');
    for (const { positions } of listeners) expect(positions).toEqual(all);
    for (const [n, { positions }] of late.entries())
      expect(positions).toEqual(n % 2 === 0 ? all : all.slice(Math.floor((n + 1) / 4)));
  });
});

describe('an event that is for one user alone', () => {
  /** Joins are for who joins. */
  const personal = async () => {
    const site = await openGroupSite();
    const executed: number[] = [];
    site.audience = ({ event }) => (event.type === 'MemberJoined' ? { only: event.data.userId } : 'everyone');
    site.render = (event) => {
      executed.push(event.position);
      return Promise.resolve(JSON.stringify({ at: event.position, ...event.event }));
    };
    return { site, executed };
  };

  test('comes to this user in order, and to nobody else', async () => {
    const opened = await personal();
    await using site = opened.site;
    const { room } = site;
    const [ben, fay] = [site.listen(0, { user: 'ben' }), site.listen(0, { user: 'fay' })];
    site.deliver(await site.store(by(room, 'ben', 1), joined(room, 'fay'), by(room, 'ben', 2)));
    await until(() => ben.positions.length === 2 && fay.positions.length === 3, 'all came');
    expect([ben.positions, fay.positions]).toEqual([
      [1, 3],
      [1, 2, 3],
    ]);
    expect(opened.executed).toEqual([1, 2, 3]);
    // From what is kept, and from the store.
    for (const forget of [() => undefined, () => site.group.forget(userId('ben'))]) {
      forget();
      const late = [site.listen(0, { user: 'ben' }), site.listen(0, { user: 'fay' })] as const;
      await until(() => late[0].positions.length === 2 && late[1].positions.length === 3, 'all came again');
      expect(late.map(({ positions }) => positions)).toEqual([ben.positions, fay.positions]);
    }
  });

  test('is replayed to nobody else, though it was for everyone when it was kept', async () => {
    const opened = await personal();
    await using site = opened.site;
    const { room } = site;
    const now = site.audience;
    site.audience = () => 'everyone';
    const early = site.listen(0, { user: 'ben' });
    site.deliver(await site.store(by(room, 'ben', 1), joined(room, 'fay'), joined(room, 'gil'), by(room, 'ben', 2)));
    await until(() => early.positions.length === 4, 'everyone got all');
    site.audience = now;
    const [ben, fay] = [site.listen(0, { user: 'ben' }), site.listen(0, { user: 'fay' })];
    await until(() => ben.positions.at(-1) === 4 && fay.positions.at(-1) === 4, 'both are there');
    expect([ben.positions, fay.positions]).toEqual([
      [1, 4],
      [1, 2, 4],
    ]);
    site.audience = ({ event }) => (event.type === 'MemberJoined' ? 'nobody' : 'everyone');
    const gil = site.listen(0, { user: 'gil' });
    await until(() => gil.positions.at(-1) === 4, 'the third is there');
    expect(gil.positions).toEqual([1, 4]);
    // None of it was executed again.
    expect(opened.executed).toEqual([1, 2, 3, 4]);
  });

  test('is not executed while the user is away, and comes once the user resumes', async () => {
    const opened = await personal();
    await using site = opened.site;
    const { room } = site;
    const here = new Set(['ben']);
    site.isPresent = (user) => here.has(user);
    const ben = site.listen(0, { user: 'ben' });
    site.deliver(await site.store(by(room, 'ben', 1), joined(room, 'fay'), by(room, 'ben', 2), joined(room, 'gil')));
    await until(() => ben.positions.length === 2, 'the others came');
    expect(opened.executed).toEqual([1, 3]);
    here.add('fay');
    const fay = [0, 1, 2, 3].map((after) => site.listen(after, { user: 'fay' }));
    await until(() => fay.every(({ positions }) => positions.at(-1) === 3 || positions.length === 0), 'they came');
    site.deliver(await site.store(by(room, 'ben', 3)));
    await until(() => fay.every(({ positions }) => positions.at(-1) === 5), 'the last came');
    expect(fay.map(({ positions }) => positions)).toEqual([[1, 2, 3, 5], [2, 3, 5], [3, 5], [5]]);
    expect(ben.positions).toEqual([1, 3, 5]);
  });
});

describe('in batches', () => {
  const MAX = 20;
  const open = (ms: number) => openGroupSite(undefined, { ms, max: MAX });

  test('each event comes once and in order, in few executions, from any place', async () => {
    await using site = await open(50);
    const { room } = site;
    const listeners = [site.listen(0)];
    const all: number[] = [];
    for (let seq = 1; seq <= 30; seq++) {
      const stored = await site.store(by(room, 'ben', 2 * seq), by(room, 'ben', 2 * seq + 1));
      all.push(...stored.map(({ position: at }) => at));
      site.deliver(stored);
      if (seq % 3 === 0 && seq < 30) listeners.push(site.listen(0), site.listen(seq), site.listen(2 * seq));
    }
    await until(() => listeners.every(({ positions }) => positions.at(-1) === all.at(-1)), 'everything came');
    for (const [n, { positions, batches }] of listeners.entries()) {
      const seq = 3 * Math.ceil(n / 3);
      const after = n === 0 || n % 3 === 1 ? 0 : n % 3 === 2 ? seq : 2 * seq;
      expect(positions).toEqual(all.filter((at) => at > after));
      expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(MAX);
    }
    expect(Math.max(...listeners[0]!.batches.map((batch) => batch.length))).toBeGreaterThan(1);
  });

  test('a member who leaves gets all up to the leaving; a later batch is without it', async () => {
    await using site = await open(50);
    const { room } = site;
    const [ann, ben] = [site.listen(0, { user: 'ann' }), site.listen(0, { user: 'ben' })];
    site.deliver(await site.store(by(room, 'ann', 1), moved('MemberLeft', room, 'ben'), by(room, 'ann', 2)));
    await until(() => ann.positions.length === 3, 'everything came');
    await ben.over;
    expect([ben.positions, ben.ends]).toEqual([[1, 2], [{ reason: 'left' }]]);
  });

  test('a longer queue than a batch takes several', async () => {
    await using site = await open(50);
    const { room } = site;
    const listener = site.listen(0);
    site.deliver(await site.store(...Array.from({ length: 45 }, (_, n) => by(room, 'ben', n + 1))));
    await until(() => listener.positions.length === 45, 'everything came');
    // The first of a quiet room came at once, and the others together.
    expect(listener.batches.map((batch) => batch.length)).toEqual([1, MAX, MAX, 4]);
  });
});

describe('after a restart, when all subscribers come back at once,', () => {
  /** 300 messages that the group has not executed, as after a restart: the counts of reads and executions. */
  const restarted = async () => {
    const site = await openGroupSite();
    const { room } = site;
    const before = await site.store(...Array.from({ length: 100 }, (_, n) => by(room, 'ben', n + 1)));
    site.deliver(before);
    await site.executed();
    site.group.forget(userId('ben'));
    const counts = { reads: 0, executions: 0 };
    site.history.before = () => void counts.reads++;
    const { render } = site;
    site.render = (event) => {
      counts.executions++;
      return render(event);
    };
    return { site, counts, places: before.map(({ position: at }) => at) };
  };

  test('500 at nearly the same place cost one read, and one execution an event', async () => {
    const { site: opened, counts, places } = await restarted();
    await using site = opened;
    const listeners = Array.from({ length: 500 }, (_, n) => site.listen(40 + ((n + 25) % 50), { user: `u${n}` }));
    await until(() => listeners.every(({ positions }) => positions.at(-1) === 100), 'all have their history');
    expect(counts).toEqual({ reads: 1, executions: 60 });
    site.deliver(await site.store(by(site.room, 'ben', 101)));
    await until(() => listeners.every(({ positions }) => positions.at(-1) === 101), 'all are live');
    for (const [n, { positions, ends }] of listeners.entries()) {
      expect(positions).toEqual([...places, 101].filter((at) => at > 40 + ((n + 25) % 50)));
      expect(ends).toEqual([]);
    }
    // Later ones are served from what was read.
    const late = Array.from({ length: 50 }, (_, n) => site.listen(50 + n));
    await until(() => late.every(({ positions }) => positions.at(-1) === 101), 'the late ones are live');
    expect(counts).toEqual({ reads: 1, executions: 61 });
  });

  test('live ones get their events in between', async () => {
    const { site: opened } = await restarted();
    await using site = opened;
    const live = site.listen(100, { user: 'live' });
    const { opened: passed, open } = gate();
    site.history.before = () => passed;
    const resuming = site.listen(0);
    site.deliver(await site.store(by(site.room, 'ben', 101)));
    await until(() => live.positions.length === 1, 'the live one has the new event while the history is read');
    expect(resuming.positions).toEqual([]);
    open();
    await until(() => resuming.positions.length === 101, 'the other one has all');
  });

  test('a page that is read during an erasure is read again', async () => {
    const { site: opened, counts } = await restarted();
    await using site = opened;
    const FIRST = /"at":1,/;
    site.history.after = () => {
      site.history.after = () => undefined;
      site.pages.forget(userId('ben'));
    };
    const listener = site.listen(0);
    await until(() => listener.positions.length === 100, 'all came');
    expect(counts.reads).toBe(2);
    expect(listener.results[0]).toMatch(FIRST);
    // What was read is dropped with an erasure, too.
    site.pages.forget(FAY);
    const second = site.listen(0);
    await until(() => second.positions.length === 100, 'all came again');
    expect(counts.reads).toBe(2);
    site.pages.forget(userId('ben'));
    const third = site.listen(0);
    await until(() => third.positions.length === 100, 'all came once more');
    expect(counts.reads).toBe(3);
  });

  test('a page that is read while the log goes back is read again', async () => {
    const { site: opened, counts } = await restarted();
    await using site = opened;
    site.history.after = () => {
      site.history.after = () => undefined;
      site.forked(100);
    };
    const listener = site.listen(0);
    await until(() => listener.positions.length === 100, 'all came');
    expect(counts.reads).toBe(2);
    expect(listener.ends).toEqual([]);
  });

  test('a read that fails ends those who wait for it, and a later one reads again', async () => {
    const { site: opened, counts, places } = await restarted();
    await using site = opened;
    site.history.after = () => {
      site.history.after = () => undefined;
      throw new Error('the database is away');
    };
    const failed = Array.from({ length: 10 }, (_, n) => site.listen(n));
    await Promise.all(failed.map(({ over }) => over));
    expect(failed.map(({ ends }) => ends[0]?.reason)).toEqual(failed.map(() => 'failed'));
    const again = site.listen(0);
    await until(() => again.positions.length === 100, 'all came');
    expect(again.positions).toEqual(places);
    expect(counts.reads).toBe(2);
  });

  test('a member who came back goes on, though an older page shows the leaving alone', async () => {
    await using site = await openGroupSite();
    const { room } = site;
    site.deliver(await site.store(by(room, 'ben', 1), moved('MemberLeft', room, 'fay'), by(room, 'ben', 2)));
    await site.executed();
    site.group.forget(userId('ben'));
    const first = site.listen(0);
    await until(() => first.positions.length === 3, 'the page is read');
    const back = await site.store(joined(room, 'fay'));
    const fay = site.listen(0, { user: 'fay' });
    await until(() => fay.positions.length === 4, 'the return is read');
    site.deliver(back);
    site.deliver(await site.store(by(room, 'ben', 3)));
    await until(() => fay.positions.length === 5, 'it is live');
    expect([fay.positions, fay.ends]).toEqual([[1, 2, 3, 4, 5], []]);
  });
});
