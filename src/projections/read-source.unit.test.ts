import { epoch, position } from '../engine/domain/ids.js';
import { noCache } from '../engine/projector/read-cache.js';
import type { ReadCache } from '../engine/projector/read-cache.js';
import type { ReadNeeds } from '../engine/projector/read-replica.js';
import { recentTimeline } from './message/recent-timeline/project.js';
import type { SqlReader } from './prisma-client.js';
import { replicatedReads } from './read-source.js';

/** A replica of one partition that holds the events up to `holds`; the primary's head is 50. */
function openSite() {
  const site = {
    holds: 0,
    isUsable: true,
    /** What the replica holds after a wait. */
    afterWait: null as number | null,
    fails: false,
    head: 50,
    failures: 0,
    waits: [] as number[],
    outcomes: [] as string[],
  };
  const read = replicatedReads({
    primary: reader(() => [{ from: 'primary' }]),
    replicaReader: reader((at) => {
      if (site.fails) throw new Error('the replica is away');
      return [at <= site.holds ? { madang_holds: true, madang_n: 1, from: 'replica' } : { madang_holds: false }];
    }),
    replica: {
      start: () => undefined,
      isUsable: () => site.isUsable,
      reached({ at }: ReadNeeds) {
        site.waits.push(at[0]!.position);
        site.holds = site.afterWait ?? site.holds;
        return Promise.resolve(site.afterWait !== null);
      },
      failed: () => void site.failures++,
      stop: () => Promise.resolve(),
    },
    epochs: { current: () => epoch(7) },
    head: () => position(site.head),
    counted: (outcome) => site.outcomes.push(outcome),
  });
  const page = async (at: number): Promise<string> => {
    const needs = { models: [{ name: 'timeline' }], at: [{ partition: 0, position: position(at) }] };
    const rows = await read.read(needs, (sql) => sql.$queryRaw<{ from: string }[]>`SELECT 1`);
    return rows.map(({ from }) => from).join();
  };
  return { site, reads: read, page };
}

/** Answers by the position that the statement asks for. */
const reader = (answer: (at: number) => readonly unknown[]): SqlReader => ({
  async $queryRaw<T>(_query: unknown, ...values: readonly unknown[]): Promise<T> {
    const [guard] = values as readonly { readonly values?: readonly unknown[] }[];
    const [at] = (guard?.values?.[2] ?? [0n]) as readonly bigint[];
    return answer(Number(at)) as T;
  },
});

test('a replica that holds what is asked answers', async () => {
  const { site, page } = openSite();
  site.holds = 10;
  expect([await page(10), site.outcomes]).toEqual(['replica', ['replica']]);
});

test('a replica that is behind is waited for once, then the primary answers', async () => {
  const { site, page } = openSite();
  site.holds = 10;
  site.afterWait = 11;
  expect([await page(11), site.waits, site.outcomes]).toEqual(['replica', [11], ['replica']]);
  site.afterWait = null;
  expect([await page(12), site.waits, site.outcomes]).toEqual(['primary', [11, 12], ['replica', 'behind']]);
});

test('where the wait was in vain behind a balancer, no second one follows', async () => {
  const { site, page } = openSite();
  // The watch has asked one replica, and the query came to another.
  site.afterWait = 11;
  expect([await page(13), site.waits, site.outcomes]).toEqual(['primary', [13], ['behind']]);
});

test('what the primary may have shown, the replica must hold from then on', async () => {
  const { site, page } = openSite();
  site.holds = 10;
  expect(await page(20)).toBe('primary');
  expect([await page(5), site.waits]).toEqual(['primary', [20, 50]]);
  site.holds = 50;
  expect(await page(5)).toBe('replica');
});

test('what Redis has shown, the replica must hold from then on', async () => {
  const { site, reads, page } = openSite();
  site.holds = 10;
  const redis: ReadCache = { read: () => Promise.resolve({ holds: position(30), result: null }) };
  await reads.noting(noCache).read(recentTimeline, 0, position(0), '', []);
  expect(await page(5)).toBe('replica');
  await reads.noting(redis).read(recentTimeline, 0, position(0), '', []);
  expect([await page(5), site.waits]).toEqual(['primary', [30]]);
});

test('what was shown before a fork is not asked for', async () => {
  const { site, reads, page } = openSite();
  site.isUsable = false;
  expect([await page(5), site.outcomes]).toEqual(['primary', ['unusable']]);
  site.isUsable = true;
  site.holds = 40;
  expect(await page(5)).toBe('primary');
  reads.forked(0, position(40));
  expect(await page(5)).toBe('replica');
});

test('a query that fails on the replica is answered by the primary', async () => {
  const { site, page } = openSite();
  site.fails = true;
  expect([await page(1), site.outcomes, site.failures]).toEqual(['primary', ['failed'], 1]);
});
