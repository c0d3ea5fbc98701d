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

/** The only events of these suites, with which a feed is opened. */
export const CONTRACT_EVENTS: EventCatalog = eventCatalog({
  Said: {
    schema: { version: 1, upcasts: [] },
    audience: 'subscribers',
    access: 'none',
    personal: { number: 'no', text: 'no' },
  },
});

/** `events` events of one command each, after `from`, and at the end a refused command. */
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

class Recorder {
  readonly batches: FeedBatch[] = [];
  readonly assigned: Partition[] = [];
  readonly revoked: Partition[] = [];

  options(more: Partial<FollowOptions> = {}): FollowOptions {
    return {
      assigned: (partition) => Promise.resolve(void this.assigned.push(partition)),
      revoked: (partition) => Promise.resolve(void this.revoked.push(partition)),
      onBatch: (batch) => void this.batches.push(batch),
      ...more,
    };
  }

  head(partition: Partition): number {
    return Math.max(0, ...this.batches.filter((batch) => batch.partition === partition).map((batch) => batch.head));
  }
}

export function eventFeedContract(engine: LogEngine): void {
  describe(`the event feed on ${engine.name}`, () => {
    let site: LogSite;
    beforeEach(async () => void (site = await engine.createSite()));
    afterEach(() => site[Symbol.asyncDispose]());

    test('a follower in the same process gets whole batches, in order', async () => {
      const feed = await site.openFeed();
      const recorder = new Recorder();
      const follower = await feed.follow(recorder.options());
      await until(() => recorder.assigned.length === PARTITIONS, 'all partitions');
      expect(follower.owned()).toEqual(everywhere);
      const batches = [decided(1, 0, 3), decided(1, 3, 0), decided(1, 3, 2)];
      for (const batch of batches) await feed.publish(batch);
      const receipts = batches.flatMap((batch) => batch.receipts);
      await until(() => recorder.batches.flatMap((batch) => batch.receipts).length === receipts.length, 'all receipts');
      expect(recorder.batches.flatMap((batch) => batch.receipts)).toEqual(receipts);
      expect(recorder.batches.flatMap((batch) => batch.events)).toEqual(batches.flatMap((batch) => batch.events));
      expect(recorder.head(1)).toBe(5);
      await follower.stop();
      expect([...recorder.revoked].sort(byNumber)).toEqual(everywhere);
    });

    test('a follower in another process gets the head in milliseconds', async () => {
      const [publisher, other] = [await site.openFeed(), await site.openFeed()];
      const recorder = new Recorder();
      await other.follow(recorder.options());
      await until(() => recorder.assigned.length === PARTITIONS, 'all partitions');
      await publisher.publish(decided(0, 0, 1));
      await until(() => recorder.head(0) === 1, 'the first batch');
      const waits: number[] = [];
      for (let round = 1; round <= 20; round++) {
        const began = performance.now();
        await publisher.publish(decided(round % PARTITIONS, 10 * round, 1));
        await until(() => recorder.head(round % PARTITIONS) === 10 * round + 1, `head ${round}`);
        waits.push(performance.now() - began);
      }
      // Faster than the poll, which runs twice a second.
      expect(waits.sort((a, b) => a - b)[10]).toBeLessThan(400);
    });

    test('a follower in another process gets small batches whole, in order', async () => {
      const [publisher, other] = [await site.openFeed(), await site.openFeed()];
      const recorder = new Recorder();
      await other.follow(recorder.options());
      await until(() => recorder.assigned.length === PARTITIONS, 'all partitions');
      const batches = [decided(1, 0, 3), decided(1, 3, 0), decided(1, 3, 2)];
      for (const batch of batches) await publisher.publish(batch);
      const receipts = batches.flatMap((batch) => batch.receipts);
      await until(() => recorder.batches.flatMap((batch) => batch.receipts).length === receipts.length, 'all receipts');
      expect(recorder.batches.flatMap((batch) => batch.receipts)).toEqual(receipts);
      expect(recorder.batches.flatMap((batch) => batch.events)).toEqual(batches.flatMap((batch) => batch.events));
      expect(recorder.head(1)).toBe(5);
    });

    test('a follower in another process gets every head of a large burst', async () => {
      const [publisher, other] = [await site.openFeed(), await site.openFeed()];
      const recorder = new Recorder();
      await other.follow(recorder.options());
      await until(() => recorder.assigned.length === PARTITIONS, 'all partitions');
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
        () => everywhere.every((partition) => recorder.head(partition) === heads[partition]),
        'the last of each partition',
      );
    });

    test('a batch published after follow has resolved is not missed', async () => {
      const [publisher, other] = [await site.openFeed(), await site.openFeed()];
      const recorder = new Recorder();
      await other.follow(recorder.options());
      await Promise.all(everywhere.map((partition) => publisher.publish(decided(partition, 0, 2))));
      await until(() => everywhere.every((partition) => recorder.head(partition) === 2), 'every partition');
    });

    test('every follower without a group gets every batch', async () => {
      const [one, two] = [await site.openFeed(), await site.openFeed()];
      const [a, b] = [new Recorder(), new Recorder()];
      await Promise.all([one.follow(a.options()), two.follow(b.options())]);
      await Promise.all(everywhere.map((partition) => one.publish(decided(partition, 0, 1))));
      await until(
        () => everywhere.every((partition) => a.head(partition) === 1 && b.head(partition) === 1),
        'both to get all',
      );
    });

    test('members of a group share the partitions, and each gets its own', async () => {
      const [one, two] = [await site.openFeed(), await site.openFeed()];
      const [a, b] = [new Recorder(), new Recorder()];
      const first = await one.follow(a.options({ group: 'p' }));
      await until(() => first.owned().length === PARTITIONS, 'the first to own all');
      const second = await two.follow(b.options({ group: 'p' }));
      await until(() => first.owned().length === 2 && second.owned().length === 2, 'two each');
      expect([...first.owned(), ...second.owned()].sort(byNumber)).toEqual(everywhere);
      await until(
        () => second.owned().every((partition) => b.assigned.includes(partition)),
        'the second to be assigned',
      );
      const before = a.batches.length;
      let head = 0;
      const hasHead = (): boolean =>
        everywhere.every((partition) => (first.owned().includes(partition) ? a : b).head(partition) === head);
      // A partition that has just moved may miss batches of that moment; later ones are not missed.
      while (!hasHead() || head === 0) {
        for (const partition of everywhere) await one.publish(decided(partition, head, 1));
        head++;
        await until(hasHead, `head ${head}`, 2_000).catch(() => undefined);
      }
      expect(a.batches.slice(before).every(({ partition }) => first.owned().includes(partition))).toBe(true);
      await first.stop();
      await until(() => second.owned().length === PARTITIONS, 'the second to own all');
      expect([...a.revoked].sort(byNumber)).toEqual([...a.assigned].sort(byNumber));
    });

    test('an assigned that throws is called again, then gets the head of missed batches', async () => {
      const feed = await site.openFeed();
      const recorder = new Recorder();
      let refusals = 0;
      let published = false;
      await Promise.all([
        feed.follow(
          recorder.options({
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
      await until(() => recorder.head(3) === 7, 'the head');
    });

    test('a batch of many large events arrives', async () => {
      const feed = await site.openFeed();
      const recorder = new Recorder();
      await feed.follow(recorder.options());
      await feed.publish(decided(2, 0, 40, '가'.repeat(50_000)));
      await until(() => recorder.batches.flatMap((batch) => batch.events).length === 40, 'all events');
      expect(recorder.batches.flatMap((batch) => batch.events).map((event) => event.position)).toEqual(
        Array.from({ length: 40 }, (_, index) => index + 1),
      );
    });

    test('recovers when every connection is cut', async () => {
      const [publisher, other] = [await site.openFeed(), await site.openFeed()];
      const recorder = new Recorder();
      await other.follow(recorder.options());
      await site.disturb();
      let head = 0;
      await until(
        () => {
          if (recorder.head(0) < head || head === 0) {
            head++;
            void publisher.publish(decided(0, head - 1, 1)).catch(() => undefined);
          }
          return recorder.head(0) > 0;
        },
        'a batch after the cut',
        40_000,
      );
    });

    test('a stopped feed refuses batches', async () => {
      const feed = await site.openFeed();
      await feed.follow(new Recorder().options());
      await feed.stop();
      await feed.stop();
      const error = await feed.publish(decided(0, 0, 1)).catch((reason: unknown) => reason);
      expect(isLogError(error, 'LOG_UNAVAILABLE')).toBe(true);
    });
  });
}
