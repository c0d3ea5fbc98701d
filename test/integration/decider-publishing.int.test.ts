import { ofDomain } from '../../src/events/event.js';
import { randomUUID } from 'node:crypto';
import type { Partition } from '../../src/engine/domain/ids.js';
import { position } from '../../src/engine/domain/ids.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import type { CommandLog } from '../../src/engine/log/command-log.js';
import { LogError } from '../../src/engine/log/command-log.js';
import type { EventFeed } from '../../src/engine/log/event-feed.js';
import type { EventStore } from '../../src/engine/store/event-store.js';
import { startDecider } from '../../src/engine/decider/decider.js';
import type { Pace } from '../../src/engine/decider/pacing.js';
import { unpaced } from '../../src/engine/decider/pacing.js';
import { until } from '../support/conditions.js';
import { PARTITIONS, createRoom, send, openSite } from '../support/published-decisions.js';

test('a commit whose answer was lost is not stored twice', async () => {
  await using site = await openSite();
  let lost = 0;
  const forgetful: EventStore = {
    ...site.store,
    async commit(batch) {
      const result = await site.store.commit(batch);
      if (batch.outcomes.length > 0 && lost++ < 2)
        throw Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' });
      return result;
    },
  };
  await using _ = await site.startDecider(forgetful);
  const room = randomUUID();
  const commands = [createRoom(room), ...Array.from({ length: 30 }, (_each, index) => send(room, `${index}`))];
  for (const each of commands) {
    await site.log.append(each);
    if (lost < 2) await site.outcomes([each]);
  }
  await site.outcomes(commands);
  const events = (await site.store.readKey(partitionOf(room, PARTITIONS), room, position(0), 100)).map(ofDomain);
  expect(events.flatMap(({ event }) => (event.type === 'MessagePosted' ? [event.data.body] : []))).toEqual(
    Array.from({ length: 30 }, (_each, index) => `${index}`),
  );
  await until(
    () => new Set(site.receipts().map((receipt) => receipt.commandId)).size === commands.length,
    'what was stored without an answer is published too',
  );
  expect(lost).toBeGreaterThan(2);
});

test('a batch that was committed and never published is published by the next owner', async () => {
  await using site = await openSite();
  const room = randomUUID();
  const partition = partitionOf(room, PARTITIONS);
  const commands = [createRoom(room), send(room, '1'), send(room, '2')];
  for (const each of commands) await site.log.append(each);
  {
    await using _ = await site.startDecider();
    await site.outcomes(commands);
  }
  await site.database.pool.query('UPDATE command_checkpoints SET published_offset = 1 WHERE partition = $1', [
    partition,
  ]);
  site.published.length = 0;
  await using _ = await site.startDecider();
  await until(() => site.receipts().length === 2, 'the two unpublished outcomes come again');
  expect(site.receipts().map((receipt) => receipt.commandId)).toEqual(commands.slice(1).map((each) => each.commandId));
  await until(
    async () => (await site.store.checkpoint('postgres:commands', partition)).published === 3,
    'it is noted that all is published',
  );
});

test.each([200, 201, 401])(
  '%i outcomes that were never published are published by the next owner, in order',
  async (count) => {
    await using site = await openSite();
    const room = randomUUID();
    const partition = partitionOf(room, PARTITIONS);
    const commands = [createRoom(room), ...Array.from({ length: count }, (_, n) => send(room, `${n + 1}`))];
    await site.log.append(commands[0]!);
    await Promise.all(commands.slice(1).map((each) => site.log.append(each)));
    {
      await using _ = await site.startDecider();
      await site.outcomes(commands);
    }
    await site.database.pool.query('UPDATE command_checkpoints SET published_offset = 1 WHERE partition = $1', [
      partition,
    ]);
    site.published.length = 0;
    await using _ = await site.startDecider();
    await until(
      async () => (await site.store.checkpoint('postgres:commands', partition)).published === count + 1,
      'it is noted that all is published',
    );
    await until(() => site.receipts().length >= count, 'all that was published is heard of');
    expect(site.receipts().map(({ offset }) => offset)).toEqual(Array.from({ length: count }, (_, n) => n + 1));
    expect(site.published.flatMap(({ events }) => events.map(({ position: at }) => at))).toEqual(
      Array.from({ length: count }, (_, n) => n + 3),
    );
  },
);

test('a batch stored while the feed still takes the one before is published behind it', async () => {
  await using site = await openSite();
  const asked: number[] = [];
  let takes: () => void = () => undefined;
  const taken = new Promise<void>((resolve) => (takes = resolve));
  const slow: EventFeed = {
    ...site.feed,
    async publish(batch) {
      asked.push(...batch.receipts.map(({ offset: at }) => Number(at)));
      if (asked.length === 1) await taken;
      await site.feed.publish(batch);
    },
  };
  await using _ = await startDecider({ ...site.parts, log: site.log, feed: slow });
  const room = randomUUID();
  const commands = [createRoom(room), ...Array.from({ length: 3 }, (_each, index) => send(room, `${index}`))];
  for (const each of commands) {
    await site.log.append(each);
    await site.outcomes([each]);
  }
  // Three batches are behind the first; it is not known whether the last one was handed over already.
  expect(asked).toEqual([0]);
  takes();
  await until(() => site.receipts().length === commands.length, 'every receipt is published');
  expect(site.receipts().map(({ offset: at }) => at)).toEqual([0, 1, 2, 3]);
  expect(site.published.flatMap(({ events }) => events.map(({ position: at }) => at))).toEqual([1, 2, 3, 4, 5]);
});

test('unpublished decisions of a log made anew are published by the next decider', async () => {
  await using site = await openSite();
  const room = randomUUID();
  const partition = partitionOf(room, PARTITIONS);
  const before = [createRoom(room), ...Array.from({ length: 5 }, (_each, index) => send(room, `${index}`))];
  for (const each of before) await site.log.append(each);
  {
    await using _ = await site.startDecider();
    await site.outcomes(before);
    await until(() => site.receipts().length === before.length, 'all of it is published');
  }
  await site.database.pool.query('TRUNCATE commands, command_heads, command_progress');
  const away: EventFeed = {
    ...site.feed,
    publish: () => Promise.reject(new LogError('LOG_UNAVAILABLE', 'the feed is away')),
  };
  const after = send(room, 'new');
  await site.log.append(after);
  {
    await using _ = await startDecider({ ...site.parts, log: site.log, feed: away });
    await site.outcomes([after]);
  }
  expect(await site.store.checkpoint('postgres:commands', partition)).toMatchObject({ next: 1, published: 0 });
  site.published.length = 0;
  await using _ = await site.startDecider();
  await until(() => site.receipts().some(({ commandId: id }) => id === after.commandId), 'it is published');
});

test('a decider that waits for an absent feed releases its partitions on a stop', async () => {
  await using site = await openSite();
  const away: EventFeed = {
    ...site.feed,
    publish: () => Promise.reject(new LogError('LOG_UNAVAILABLE', 'the feed is away')),
  };
  const oneByOne: Pace = {
    ...unpaced,
    admit: (_partition, _wanted, signal) => Promise.resolve(signal.aborted ? 0 : 1),
  };
  const ended: Partition[] = [];
  // The issuer has as little time.
  const log = site.openLog({ drainMs: 50, forceMs: 5_000 });
  const consume: CommandLog['consume'] = ({ handler, ...options }) =>
    log.consume({
      ...options,
      handler: {
        ...handler,
        revoked: async (partition) => (await handler.revoked(partition), void ended.push(partition)),
      },
    });
  const decider = await startDecider({ ...site.parts, log: { ...log, consume }, feed: away, pace: oneByOne });
  const roomId = randomUUID();
  const commands = [createRoom(roomId), ...Array.from({ length: 39 }, (_, index) => send(roomId, `${index}`))];
  await Promise.all(commands.map((each) => log.append(each)));
  const decided = async (): Promise<number> => (await site.store.receipts(commands.map((each) => each.commandId))).size;
  await until(async () => (await decided()) === 20, 'as many as may wait for the feed are decided');
  await decider.stop();
  expect(ended.sort()).toEqual([0, 1, 2]);
  expect(await decided()).toBe(20);
  await log.stop();
});

test('a log that was made anew is decided from its start, and old outcomes stay', async () => {
  await using site = await openSite();
  const room = randomUUID();
  const partition = partitionOf(room, PARTITIONS);
  const before = [createRoom(room), ...Array.from({ length: 5 }, (_each, index) => send(room, `${index}`))];
  for (const each of before) await site.log.append(each);
  {
    await using _ = await site.startDecider();
    await site.outcomes(before);
  }
  await site.database.pool.query('TRUNCATE commands, command_heads, command_progress');
  const after = [before[2]!, send(room, 'new')];
  for (const each of after) await site.log.append(each);
  await using _ = await site.startDecider();
  const [again, fresh] = await site.outcomes(after);
  expect(again!.offset).toBe(2);
  expect(fresh!.offset).toBe(1);
  await until(
    () => site.receipts().some((receipt) => receipt.commandId === after[1]!.commandId),
    'the new outcome is published',
  );
  expect(await site.store.checkpoint('postgres:commands', partition)).toMatchObject({ next: 2 });
  const events = (await site.store.readKey(partition, room, position(0), 100)).map(ofDomain);
  expect(events.flatMap(({ event }) => (event.type === 'MessagePosted' ? [event.data.body] : []))).toEqual([
    '0',
    '1',
    '2',
    '3',
    '4',
    'new',
  ]);
});
