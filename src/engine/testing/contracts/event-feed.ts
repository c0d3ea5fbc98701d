import { randomUUID } from 'node:crypto';
import type { EventCatalog } from '../../domain/event-catalog.js';
import { eventCatalog } from '../../domain/event-catalog.js';
import type { Receipt } from '../../domain/receipt.js';
import type { RecordedEvent } from '../../domain/event.js';
import type { Partition } from '../../domain/ids.js';
import { commandId, epoch, offset, position, streamId, traceId, userId } from '../../domain/ids.js';
import type { DecidedBatch, FollowOptions, FeedBatch } from '../../log/event-feed.js';
import { isLogError } from '../../log/command-log.js';
import type { LogEngine, LogSite } from './log-site.js';
import { until } from '../until.js';
import { byNumber, PARTITIONS } from './log-site.js';

const everywhere = Array.from({ length: PARTITIONS }, (_, partition) => partition);
const KEY = 'lot-1';

/** The only events of these suites: what a feed is opened with. */
export const CONTRACT_EVENTS: EventCatalog = eventCatalog({
  Said: {
    schema: { version: 1, upcasts: [] },
    audience: 'subscribers',
    access: 'none',
    personal: { number: 'no', text: 'no' },
  },
});

/** `events` events of one command each, after `from`, and at the end a command that was refused. */
export function decided(partition: Partition, from: number, events: number, text = '안녕 🎁'): DecidedBatch {
  const head = position(from + events);
  const shared = {
    userId: userId('u'),
    traceId: traceId('a'.repeat(32)),
    fingerprint: 'f',
    queue: 'commands',
    key: KEY,
    partition,
    decidedAt: new Date(),
  };
  const recorded = Array.from({ length: events }, (_, index): RecordedEvent => ({
    partition,
    position: position(from + index + 1),
    key: KEY,
    stream: streamId(KEY),
    version: from + index + 1,
    event: { type: 'Said', data: { number: from + index + 1, text } },
    commandId: commandId(randomUUID()),
    traceId: shared.traceId,
    at: new Date(),
  }));
  const accepted = recorded.map((event, index): Receipt => ({
    ...shared,
    commandId: event.commandId,
    offset: offset(index),
    rejection: null,
    position: event.position,
    events: 1,
  }));
  const refused: Receipt = {
    ...shared,
    commandId: commandId(randomUUID()),
    offset: offset(events),
    rejection: { code: 'NOT_ALLOWED', message: 'Ask first.' },
    position: head,
    events: 0,
  };
  return { partition, epoch: epoch(7), head, events: recorded, receipts: [...accepted, refused] };
}

class Hearing {
  readonly batches: FeedBatch[] = [];
  readonly assigned: Partition[] = [];
  readonly revoked: Partition[] = [];

  options(more: Partial<FollowOptions> = {}): FollowOptions {
    return {
      assigned: (partition) => Promise.resolve(void this.assigned.push(partition)),
      revoked: (partition) => Promise.resolve(void this.revoked.push(partition)),
      onBatch: (news) => void this.batches.push(news),
      ...more,
    };
  }

  head(partition: Partition): number {
    return Math.max(0, ...this.batches.filter((news) => news.partition === partition).map((news) => news.head));
  }
}

export function eventFeedContract(engine: LogEngine): void {
  describe(`the event feed on ${engine.name}`, () => {
    let site: LogSite;
    beforeEach(async () => void (site = await engine.createSite()));
    afterEach(() => site[Symbol.asyncDispose]());

    test('a follower of the same process hears whole batches, in order', async () => {
      const feed = await site.openFeed();
      const hearing = new Hearing();
      const follower = await feed.follow(hearing.options());
      await until(() => hearing.assigned.length === PARTITIONS, 'all partitions');
      expect(follower.owned()).toEqual(everywhere);
      const batches = [decided(1, 0, 3), decided(1, 3, 0), decided(1, 3, 2)];
      for (const batch of batches) await feed.publish(batch);
      const receipts = batches.flatMap((batch) => batch.receipts);
      await until(() => hearing.batches.flatMap((news) => news.receipts).length === receipts.length, 'all receipts');
      expect(hearing.batches.flatMap((news) => news.receipts)).toEqual(receipts);
      expect(hearing.batches.flatMap((news) => news.events)).toEqual(batches.flatMap((batch) => batch.events));
      expect(hearing.head(1)).toBe(5);
      await follower.stop();
      expect([...hearing.revoked].sort(byNumber)).toEqual(everywhere);
    });

    test('a follower elsewhere hears in milliseconds how far a partition is', async () => {
      const [publisher, other] = [await site.openFeed(), await site.openFeed()];
      const hearing = new Hearing();
      await other.follow(hearing.options());
      await until(() => hearing.assigned.length === PARTITIONS, 'all partitions');
      await publisher.publish(decided(0, 0, 1));
      await until(() => hearing.head(0) === 1, 'the first news');
      const waits: number[] = [];
      for (let round = 1; round <= 20; round++) {
        const began = performance.now();
        await publisher.publish(decided(round % PARTITIONS, 10 * round, 1));
        await until(() => hearing.head(round % PARTITIONS) === 10 * round + 1, `news ${round}`);
        waits.push(performance.now() - began);
      }
      // Not by a periodic look, of which there are two a second.
      expect(waits.sort((a, b) => a - b)[10]).toBeLessThan(400);
    });

    test('a follower elsewhere is told small batches whole, in order', async () => {
      const [publisher, other] = [await site.openFeed(), await site.openFeed()];
      const hearing = new Hearing();
      await other.follow(hearing.options());
      await until(() => hearing.assigned.length === PARTITIONS, 'all partitions');
      const batches = [decided(1, 0, 3), decided(1, 3, 0), decided(1, 3, 2)];
      for (const batch of batches) await publisher.publish(batch);
      const receipts = batches.flatMap((batch) => batch.receipts);
      await until(() => hearing.batches.flatMap((news) => news.receipts).length === receipts.length, 'all receipts');
      expect(hearing.batches.flatMap((news) => news.receipts)).toEqual(receipts);
      expect(hearing.batches.flatMap((news) => news.events)).toEqual(batches.flatMap((batch) => batch.events));
      expect(hearing.head(1)).toBe(5);
    });

    test('a follower elsewhere hears of every head, however much is published in one go', async () => {
      const [publisher, other] = [await site.openFeed(), await site.openFeed()];
      const hearing = new Hearing();
      await other.follow(hearing.options());
      await until(() => hearing.assigned.length === PARTITIONS, 'all partitions');
      const large = '마당'.repeat(1_000);
      await Promise.all(
        Array.from({ length: 600 }, (_, n) =>
          publisher.publish(decided(n % PARTITIONS, 2 * n, n % 7 === 0 ? 2 : 1, n % 5 === 0 ? large : undefined)),
        ),
      );
      const heads = everywhere.map(
        (partition) => 2 * (600 - PARTITIONS + partition) + ((600 - PARTITIONS + partition) % 7 === 0 ? 2 : 1),
      );
      await until(
        () => everywhere.every((partition) => hearing.head(partition) === heads[partition]),
        'the last of each partition',
      );
    });

    test('all that is published after follow has resolved is heard of', async () => {
      const [publisher, other] = [await site.openFeed(), await site.openFeed()];
      const hearing = new Hearing();
      await other.follow(hearing.options());
      await Promise.all(everywhere.map((partition) => publisher.publish(decided(partition, 0, 2))));
      await until(() => everywhere.every((partition) => hearing.head(partition) === 2), 'every partition');
    });

    test('every follower without a group hears everything', async () => {
      const [one, two] = [await site.openFeed(), await site.openFeed()];
      const [a, b] = [new Hearing(), new Hearing()];
      await Promise.all([one.follow(a.options()), two.follow(b.options())]);
      await Promise.all(everywhere.map((partition) => one.publish(decided(partition, 0, 1))));
      await until(
        () => everywhere.every((partition) => a.head(partition) === 1 && b.head(partition) === 1),
        'both to hear all',
      );
    });

    test('members of a group share the partitions, and each hears of its own', async () => {
      const [one, two] = [await site.openFeed(), await site.openFeed()];
      const [a, b] = [new Hearing(), new Hearing()];
      const first = await one.follow(a.options({ group: 'p' }));
      await until(() => first.owned().length === PARTITIONS, 'the first to own all');
      const second = await two.follow(b.options({ group: 'p' }));
      await until(() => first.owned().length === 2 && second.owned().length === 2, 'two each');
      expect([...first.owned(), ...second.owned()].sort(byNumber)).toEqual(everywhere);
      await until(() => second.owned().every((partition) => b.assigned.includes(partition)), 'the second to be told');
      const before = a.batches.length;
      let head = 0;
      const heard = (): boolean =>
        everywhere.every((partition) => (first.owned().includes(partition) ? a : b).head(partition) === head);
      // A partition that has just moved may miss what is published meanwhile; from then on nothing is missed.
      while (!heard() || head === 0) {
        for (const partition of everywhere) await one.publish(decided(partition, head, 1));
        head++;
        await until(heard, `news ${head}`, 2_000).catch(() => undefined);
      }
      expect(a.batches.slice(before).every(({ partition }) => first.owned().includes(partition))).toBe(true);
      await first.stop();
      await until(() => second.owned().length === PARTITIONS, 'the second to own all');
      expect([...a.revoked].sort(byNumber)).toEqual([...a.assigned].sort(byNumber));
    });

    test('an assigned that throws is called again, and is told a hint of news meanwhile', async () => {
      const feed = await site.openFeed();
      const hearing = new Hearing();
      let refusals = 0;
      let published = false;
      await Promise.all([
        feed.follow(
          hearing.options({
            assigned: () =>
              published && refusals > 2 * PARTITIONS
                ? Promise.resolve()
                : Promise.reject(new Error(`no ${++refusals}`)),
          }),
        ),
        (async () => {
          await until(() => refusals >= PARTITIONS, 'a refusal');
          await feed.publish(decided(3, 0, 7));
          published = true;
        })(),
      ]);
      await until(() => hearing.head(3) === 7, 'the hint');
    });

    test('a batch of many large events arrives', async () => {
      const feed = await site.openFeed();
      const hearing = new Hearing();
      await feed.follow(hearing.options());
      await feed.publish(decided(2, 0, 40, '가'.repeat(50_000)));
      await until(() => hearing.batches.flatMap((news) => news.events).length === 40, 'all events');
      expect(hearing.batches.flatMap((news) => news.events).map((event) => event.position)).toEqual(
        Array.from({ length: 40 }, (_, index) => index + 1),
      );
    });

    test('goes on by itself when every connection is cut', async () => {
      const [publisher, other] = [await site.openFeed(), await site.openFeed()];
      const hearing = new Hearing();
      await other.follow(hearing.options());
      await site.disturb();
      let head = 0;
      await until(
        () => {
          if (hearing.head(0) < head || head === 0) {
            head++;
            void publisher.publish(decided(0, head - 1, 1)).catch(() => undefined);
          }
          return hearing.head(0) > 0;
        },
        'news after the cut',
        40_000,
      );
    });

    test('what a stopped feed is given, it refuses', async () => {
      const feed = await site.openFeed();
      await feed.follow(new Hearing().options());
      await feed.stop();
      await feed.stop();
      const error = await feed.publish(decided(0, 0, 1)).catch((reason: unknown) => reason);
      expect(isLogError(error, 'LOG_UNAVAILABLE')).toBe(true);
    });
  });
}
