import { commandId, offset } from '../../domain/ids.js';
import type { CommandRecord } from '../../log/command-log.js';
import { isLogError } from '../../log/command-log.js';
import { partitionOf } from '../../log/partitioning.js';
import type { LogEngine, LogSite } from './log-site.js';
import { until } from '../until.js';
import { byNumber, command, Ledger, PARTITIONS } from './log-site.js';

const keys = Array.from({ length: 40 }, (_, index) => `room-${index}`);
/** A key of each partition. */
const keyIn = Array.from({ length: PARTITIONS }, (_, partition) =>
  keys.find((key) => partitionOf(key, PARTITIONS) === partition)!,
);
const everywhere = keyIn.map((_, partition) => partition);

export function commandLogContract(engine: LogEngine): void {
  describe(`the command log on ${engine.name}`, () => {
    let site: LogSite;
    beforeEach(async () => void (site = await engine.createSite()));
    afterEach(() => site[Symbol.asyncDispose]());

    test('gives each partition offsets from 0 on, in the order of calls', async () => {
      const logs = [await site.openLog(), await site.openLog()];
      const places = await Promise.all(
        logs.flatMap((log) =>
          Array.from({ length: 150 }, (_, index) => log.append(command(keyIn[index % PARTITIONS]!, index))),
        ),
      );
      const ends = await logs[0]!.ends();
      expect(ends.reduce((sum, end) => sum + end, 0)).toBe(300);
      for (const partition of everywhere) {
        const offsets = places.filter((place) => place.partition === partition).map((place) => place.offset);
        expect([...offsets].sort((a, b) => a - b)).toEqual(
          Array.from({ length: ends[partition]! }, (_, index) => index),
        );
      }
      // One appender's calls keep their order.
      const first = places
        .slice(0, 150)
        .filter(({ partition }) => partition === 0)
        .map((place) => place.offset);
      expect(first).toEqual([...first].sort((a, b) => a - b));
    });

    test('consumers see every command once, in order, as it was appended', async () => {
      const log = await site.openLog();
      const ledger = new Ledger();
      const consumer = await log.consume({
        group: 'g',
        maxBatch: 7,
        handler: ledger.handler((_, records) => expect(records.length).toBeLessThanOrEqual(7)),
      });
      const sent = Array.from({ length: 200 }, (_, index) =>
        command(keys[index % keys.length]!, { text: '안녕 🎁\u0000', index }),
      );
      await Promise.all(sent.map((one) => log.append(one)));
      await until(() => ledger.count === 200, 'all 200 commands');
      for (const [partition, records] of ledger.records) {
        expect(records.map((record) => record.offset)).toEqual(records.map((_, index) => index));
        const expected = sent.filter(({ key }) => partitionOf(key, PARTITIONS) === partition);
        expect(records.map((record) => 'command' in record && record.command)).toEqual(
          expected.map((one) => ({ ...one, at: expect.any(String) as string })),
        );
      }
      await consumer.stop();
      expect([...ledger.revoked].sort(byNumber)).toEqual(everywhere);
    });

    test('a command’s time is the one at which the log took it, the same for every reader', async () => {
      const [log, other] = [await site.openLog(), await site.openLog()];
      const ledger = new Ledger();
      const tailed: CommandRecord[] = [];
      const tail = await other.tail({
        from: everywhere.map(() => offset(0)),
        records: (_partition, records) => void tailed.push(...records),
      });
      const began = Date.now();
      const places = [];
      for (const [index, at] of [
        '2001-01-01T00:00:00.000Z',
        '2999-01-01T00:00:00.000Z',
        '1970-01-01T00:00:00Z',
      ].entries()) {
        places.push(await log.append({ ...command(keyIn[0]!, index), at }));
        // Too many for a notification in full.
        await Promise.all(Array.from({ length: 40 }, () => log.append({ ...command(keyIn[0]!), at })));
      }
      const ended = Date.now();
      // It starts when all of them are in the log.
      const consumer = await other.consume({ group: 'g', maxBatch: 500, handler: ledger.handler() });
      await until(() => ledger.count === 123 && tailed.length === 123, 'all readers to have all of them');
      const timesOf = (records: readonly CommandRecord[]) =>
        records.map((record) => ('command' in record ? Date.parse(record.command.at) : 0));
      const times = timesOf(ledger.records.get(0)!);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      // The log's server runs on this machine.
      expect([times[0]! >= began - 1_000, times.at(-1)! <= ended + 1_000]).toEqual([true, true]);
      expect(timesOf(tailed)).toEqual(times);
      expect(places.map(({ offset: at }) => times[at])).toEqual(places.map(({ at }) => at.getTime()));
      await tail.stop();
      await consumer.stop();
    });

    test('a waiting consumer gets a new command in milliseconds, from any process', async () => {
      const [appender, reader] = [await site.openLog(), await site.openLog()];
      const ledger = new Ledger();
      await reader.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
      await Promise.all(keyIn.map((key) => appender.append(command(key))));
      await until(() => ledger.count === PARTITIONS, 'the consumer to be under way');
      const waits: number[] = [];
      for (let round = 1; round <= 20; round++) {
        const began = performance.now();
        await appender.append(command(keyIn[round % PARTITIONS]!));
        await until(() => ledger.count === PARTITIONS + round, `command ${round}`);
        waits.push(performance.now() - began);
      }
      // Faster than the poll, which runs twice a second.
      expect(waits.sort((a, b) => a - b)[10]).toBeLessThan(400);
    });

    test('an empty log is consumed from its first command on, and its ends are 0', async () => {
      const log = await site.openLog('never.used');
      expect(await log.ends()).toEqual([0, 0, 0, 0]);
      const ledger = new Ledger();
      const consumer = await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
      await until(() => ledger.assigned.length === PARTITIONS, 'all partitions');
      expect(consumer.owned()).toEqual(everywhere);
      await log.append(command('a'));
      await until(() => ledger.count === 1, 'the first command');
    });

    test('two queues do not mix', async () => {
      const [one, two] = [await site.openLog('one'), await site.openLog('two')];
      const ledger = new Ledger();
      await one.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
      await two.append(command('a'));
      const mine = command('a');
      await one.append(mine);
      await until(() => ledger.count > 0, 'a command');
      expect(ledger.ids).toEqual([mine.commandId]);
    });

    test('continues at the checkpoint of the handler, not at the consumed offset', async () => {
      const log = await site.openLog();
      const key = keyIn[1]!;
      for (let index = 0; index < 10; index++) await log.append(command(key, index));
      const first = new Ledger();
      const consumer = await log.consume({ group: 'g', maxBatch: 4, handler: first.handler() });
      await until(() => first.count === 10, 'ten commands');
      await consumer.stop();

      const again = new Ledger();
      again.next[1] = 6;
      const second = await log.consume({ group: 'g', maxBatch: 100, handler: again.handler() });
      await until(() => again.count === 4, 'the last four');
      await log.append(command(key, 10));
      await until(() => again.count === 5, 'the new one');
      expect(again.records.get(1)!.map((record) => record.offset)).toEqual([6, 7, 8, 9, 10]);
      await second.stop();
    });

    test('starts over with the first command when the checkpoint is beyond the end', async () => {
      const log = await site.openLog();
      const sent = command(keyIn[0]!);
      await log.append(sent);
      const seen: string[] = [];
      const ledger = new Ledger();
      ledger.next[0] = 1_000;
      await log.consume({
        group: 'g',
        maxBatch: 10,
        handler: {
          ...ledger.handler(),
          handle: ({ records }) => {
            for (const record of records) if ('command' in record) seen.push(record.command.commandId);
            return Promise.resolve();
          },
        },
      });
      await until(() => seen.length > 0, 'the command');
      expect(seen).toEqual([sent.commandId]);
    });

    test('a batch whose handler throws comes again, and nothing is skipped', async () => {
      const log = await site.openLog();
      const ledger = new Ledger();
      const tried: number[][] = [];
      await log.consume({
        group: 'g',
        maxBatch: 100,
        handler: ledger.handler((_, records) => {
          tried.push(records.map((record) => record.offset));
          if (tried.length <= 2) throw new Error('the database is away');
        }),
      });
      for (let index = 0; index < 5; index++) await log.append(command(keyIn[2]!, index));
      await until(() => ledger.count === 5, 'all five');
      expect(tried[1]![0]).toBe(0);
      expect(tried[2]![0]).toBe(0);
      expect(ledger.records.get(2)!.map((record) => record.offset)).toEqual([0, 1, 2, 3, 4]);
      expect(ledger.assigned.filter((partition) => partition === 2).length).toBe(3);
    });

    test('an assigned that throws is called again', async () => {
      const log = await site.openLog();
      const ledger = new Ledger();
      let calls = 0;
      const handler = ledger.handler();
      await log.consume({
        group: 'g',
        maxBatch: 10,
        handler: {
          ...handler,
          assigned: (partition) => (++calls <= 5 ? Promise.reject(new Error('not yet')) : handler.assigned(partition)),
        },
      });
      await Promise.all(keyIn.map((key) => log.append(command(key))));
      await until(() => ledger.count === PARTITIONS, 'a command a partition');
    });

    test('partitions run in parallel: a blocked one does not block the others', async () => {
      const log = await site.openLog();
      const ledger = new Ledger();
      let release!: () => void;
      const held = new Promise<void>((resolve) => (release = resolve));
      await log.consume({
        group: 'g',
        maxBatch: 5,
        handler: ledger.handler((partition) => (partition === 0 ? held : undefined)),
      });
      for (let round = 0; round < 30; round++) await Promise.all(keyIn.map((key) => log.append(command(key, round))));
      await until(() => ledger.count === 90, 'the three other partitions');
      release();
      await until(() => ledger.count === 120, 'the blocked one');
      expect(ledger.overlaps).toBe(0);
    });

    test('refuses a command that is too large, and takes the ones around it', async () => {
      const log = await site.openLog();
      const [before, large, after] = await Promise.allSettled([
        log.append(command('a', 'x')),
        log.append(command('a', '가'.repeat(90_000))),
        log.append(command('a', '가'.repeat(80_000))),
      ]);
      expect([before.status, large.status, after.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(large.status === 'rejected' && isLogError(large.reason, 'RECORD_TOO_LARGE')).toBe(true);
      expect((await log.ends()).reduce((sum, end) => sum + end, 0)).toBe(2);
    });

    test('a stopped log refuses commands', async () => {
      const log = await site.openLog();
      await log.stop();
      await log.stop();
      const error = await log.append(command('a')).catch((reason: unknown) => reason);
      expect(isLogError(error, 'LOG_UNAVAILABLE')).toBe(true);
    });

    test('appending and consuming recover when every connection is cut', async () => {
      const log = await site.openLog();
      const ledger = new Ledger();
      await log.consume({ group: 'g', maxBatch: 50, handler: ledger.handler() });
      await Promise.all(keyIn.map((key) => log.append(command(key))));
      await until(() => ledger.count === PARTITIONS, 'the consumer to be under way');
      await site.disturb();
      const sent = keys.map((key) => command(key));
      // Like its caller: the same commandId again until it is accepted.
      const appendUntilAccepted = async (one: (typeof sent)[number]): Promise<void> => {
        for (;;) {
          const error: unknown = await log.append(one).then(
            () => undefined,
            (reason: unknown) => reason,
          );
          if (error === undefined) return;
          if (!isLogError(error, 'LOG_UNAVAILABLE')) throw new Error('refused for good', { cause: error });
        }
      };
      await Promise.all(sent.map(appendUntilAccepted));
      await until(() => sent.every((one) => ledger.ids.includes(one.commandId)), 'every command after the cut', 40_000);
    });

    test('keeps the order of each key and loses nothing under random batches', async () => {
      const log = await site.openLog();
      const ledger = new Ledger();
      await log.consume({ group: 'g', maxBatch: 13, handler: ledger.handler(() => Promise.resolve()) });
      const byKey = new Map<string, string[]>();
      for (let round = 0; round < 30; round++) {
        const wave = Array.from({ length: (round * 7) % 23 }, (_, index) =>
          command(keys[(round * 3 + index * 5) % keys.length]!),
        );
        for (const one of wave) byKey.set(one.key, [...(byKey.get(one.key) ?? []), one.commandId]);
        await Promise.all(wave.map((one) => log.append(one)));
      }
      const total = [...byKey.values()].flat().length;
      await until(() => ledger.count === total, 'all commands');
      for (const [key, ids] of byKey) {
        const seen = ledger.records
          .get(partitionOf(key, PARTITIONS))!
          .flatMap((record) => ('command' in record && record.command.key === key ? [record.command.commandId] : []));
        expect(seen).toEqual(ids.map(commandId));
      }
    });
  });
}
