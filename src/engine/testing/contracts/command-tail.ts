import type { CommandId, Offset, Partition } from '../../domain/ids.js';
import { offset } from '../../domain/ids.js';
import { partitionOf } from '../../log/partitioning.js';
import type { CommandLog, CommandRecord, TailOptions } from '../../log/command-log.js';
import { isLogError } from '../../log/command-log.js';
import { until } from '../until.js';
import type { LogEngine, LogSite } from './log-site.js';
import { command, Ledger, PARTITIONS } from './log-site.js';

const everywhere = Array.from({ length: PARTITIONS }, (_, partition) => partition);
/** A key of each partition. */
export const keyIn = everywhere.map((partition) => {
  for (let index = 0; ; index++)
    if (partitionOf(`campaign-${index}`, PARTITIONS) === partition) return `campaign-${index}`;
});
const start = everywhere.map(() => offset(0));

/** The records that a tail has delivered. */
export class Delivered {
  readonly records: CommandRecord[][] = everywhere.map(() => []);

  get count(): number {
    return this.records.reduce((sum, records) => sum + records.length, 0);
  }

  offsets(partition: Partition): Offset[] {
    return this.records[partition]!.map((record) => record.offset);
  }

  ids(partition: Partition): (CommandId | undefined)[] {
    return this.records[partition]!.map((record) => ('command' in record ? record.command.commandId : undefined));
  }

  from(from: readonly number[] = start): TailOptions {
    return { from: from.map(offset), records: (partition, records) => void this.records[partition]!.push(...records) };
  }
}

const span = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

export function commandTailContract(engine: LogEngine): void {
  describe(`a tail of the command log on ${engine.name}`, () => {
    let site: LogSite;
    beforeEach(async () => void (site = await engine.createSite()));
    afterEach(() => site[Symbol.asyncDispose]());

    /** Like its caller: the same commandId again until it is accepted. */
    async function appendUntilAccepted(log: CommandLog, one: ReturnType<typeof command>): Promise<void> {
      for (;;) {
        const error: unknown = await log.append(one).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error === undefined) return;
        if (!isLogError(error, 'LOG_UNAVAILABLE')) throw new Error('refused for good', { cause: error });
      }
    }

    test('several tails get every record once and in order, while two logs append', async () => {
      const [one, two, three] = [await site.openLog(), await site.openLog(), await site.openLog()];
      const [own, elsewhere, late] = [new Delivered(), new Delivered(), new Delivered()];
      await Promise.all([one.tail(own.from()), three.tail(elsewhere.from())]);
      const ids = everywhere.map(() => [] as CommandId[]);
      const append = async (log: CommandLog, round: number): Promise<void> => {
        const sent = command(keyIn[round % PARTITIONS]!, round);
        const place = await log.append(sent);
        ids[place.partition]![place.offset] = sent.commandId;
      };
      const appending = (async () => {
        for (let round = 0; round < 300; round += 20)
          await Promise.all(span(round, round + 20).flatMap((at) => [append(one, at), append(two, at)]));
      })();
      await until(() => own.count > 50, 'the first tail to be under way');
      const tail = await three.tail(late.from());
      await appending;
      for (const delivered of [own, elsewhere, late]) {
        await until(() => delivered.count >= 600, 'every record');
        for (const partition of everywhere) expect(delivered.ids(partition)).toEqual(ids[partition]);
        for (const partition of everywhere) expect(delivered.offsets(partition)).toEqual(span(0, 150));
      }
      expect(everywhere.map((partition) => tail.next(partition))).toEqual([150, 150, 150, 150]);
    });

    test('begins at the given offset of each partition, or at 0 in a shorter log', async () => {
      const log = await site.openLog();
      for (const key of keyIn) await Promise.all(span(0, 10).map((index) => log.append(command(key, index))));
      const delivered = new Delivered();
      const tail = await log.tail(delivered.from([0, 4, 10, 1_000]));
      expect(tail.next(3)).toBeLessThanOrEqual(10);
      await until(() => delivered.count >= 26, 'the earlier records');
      expect(everywhere.map((partition) => tail.next(partition))).toEqual([10, 10, 10, 10]);
      await Promise.all(keyIn.map((key) => log.append(command(key, 10))));
      await until(() => delivered.count >= 30, 'the new records');
      expect(everywhere.map((partition) => delivered.offsets(partition))).toEqual([
        span(0, 11),
        span(4, 11),
        span(10, 11),
        span(0, 11),
      ]);
    });

    test('an idle tail gets a new record in milliseconds, from any process', async () => {
      const [own, other] = [await site.openLog(), await site.openLog()];
      const delivered = new Delivered();
      await own.tail(delivered.from());
      for (const appender of [own, other]) {
        const waits: number[] = [];
        for (let round = 0; round < 15; round++) {
          const before = delivered.count;
          const began = performance.now();
          await appender.append(command(keyIn[round % PARTITIONS]!));
          await until(() => delivered.count > before, `record ${round}`);
          waits.push(performance.now() - began);
        }
        // Faster than the poll, which runs twice a second.
        expect(waits.sort((a, b) => a - b)[7]).toBeLessThan(400);
      }
    });

    test('recovers when every connection is cut, and delivers nothing twice', async () => {
      const [appender, reader] = [await site.openLog(), await site.openLog()];
      const delivered = new Delivered();
      const tail = await reader.tail(delivered.from());
      await Promise.all(keyIn.map((key) => appender.append(command(key))));
      await until(() => delivered.count === PARTITIONS, 'the tail to be under way');
      const sent = span(0, 200).map((index) => command(keyIn[index % PARTITIONS]!, index));
      const appending = Promise.all(sent.map((one) => appendUntilAccepted(appender, one)));
      await site.disturb();
      await appending;
      await site.disturb();
      await appendUntilAccepted(appender, command(keyIn[0]!));
      let ends: readonly Offset[] = [];
      for (; ends.length === 0;) ends = await appender.ends().catch(() => []);
      await until(
        () => everywhere.every((partition) => tail.next(partition) === ends[partition]),
        'every record after the cuts',
        40_000,
      );
      for (const partition of everywhere) expect(delivered.offsets(partition)).toEqual(span(0, ends[partition]!));
    });

    test('neither takes records from a group nor leaves anything in the log', async () => {
      const log = await site.openLog();
      const [ledger, delivered] = [new Ledger(), new Delivered()];
      const consumer = await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
      await until(() => ledger.assigned.length === PARTITIONS, 'the group to be there');
      const groups = await site.groups();
      expect(groups.length).toBeGreaterThan(0);
      const tail = await log.tail(delivered.from());
      await Promise.all(span(0, 40).map((index) => log.append(command(keyIn[index % PARTITIONS]!, index))));
      await until(() => ledger.count === 40 && delivered.count === 40, 'both to have all of it');
      expect(consumer.owned()).toEqual(everywhere);
      expect(ledger.assigned.length).toBe(PARTITIONS);
      await tail.stop();
      expect(await site.groups()).toEqual(groups);
    });

    test('a stopped tail gets nothing more, and other tails continue', async () => {
      const log = await site.openLog();
      const [stopped, going] = [new Delivered(), new Delivered()];
      const tail = await log.tail(stopped.from());
      await log.tail(going.from());
      await log.append(command(keyIn[0]!));
      await until(() => stopped.count === 1 && going.count === 1, 'the first record');
      const stopping = tail.stop();
      await log.append(command(keyIn[0]!));
      await stopping;
      await tail.stop();
      await log.append(command(keyIn[0]!));
      await until(() => going.count === 3, 'the other tail to get all');
      expect(stopped.count).toBe(1);
      expect(tail.next(0)).toBe(1);
    });

    test('a log that is stopped ends its tails, and refuses another', async () => {
      const [log, other] = [await site.openLog(), await site.openLog()];
      const delivered = new Delivered();
      await log.tail(delivered.from());
      await log.stop();
      await Promise.all(keyIn.map((key) => other.append(command(key))));
      const error = await log.tail(delivered.from()).catch((reason: unknown) => reason);
      expect(isLogError(error, 'LOG_UNAVAILABLE')).toBe(true);
      expect(await site.groups()).toEqual([]);
      expect(delivered.count).toBe(0);
    });

    test('a follower that throws does not end the tail', async () => {
      const log = await site.openLog();
      const delivered = new Delivered();
      const { from, records } = delivered.from();
      await log.tail({
        from,
        records(partition, given) {
          records(partition, given);
          throw new Error('a fault of the follower');
        },
      });
      for (let index = 0; index < 3; index++) {
        await log.append(command(keyIn[1]!, index));
        await until(() => delivered.count === index + 1, `record ${index}`);
      }
      expect(delivered.offsets(1)).toEqual([0, 1, 2]);
    });
  });
}
