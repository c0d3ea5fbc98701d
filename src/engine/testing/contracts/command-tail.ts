import type { CommandId, Offset, Partition } from '../../domain/ids.js';
import { offset } from '../../domain/ids.js';
import { partitionOf } from '../../log/partitioning.js';
import type { CommandLog, CommandRecord, TailOptions } from '../../log/command-log.js';
import { isLogError } from '../../log/command-log.js';
import { until } from '../until.js';
import type { LogEngine, LogSite } from './log-site.js';
import { command, Ledger, PARTITIONS } from './log-site.js';

const everywhere = Array.from({ length: PARTITIONS }, (_, partition) => partition);
/** For each partition a key that belongs to it. */
export const keyIn = everywhere.map((partition) => {
  for (let index = 0; ; index++)
    if (partitionOf(`campaign-${index}`, PARTITIONS) === partition) return `campaign-${index}`;
});
const start = everywhere.map(() => offset(0));

/** What a tail has handed over. */
export class Heard {
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

    /** As its caller does: the same commandId again until it is taken. */
    async function insist(log: CommandLog, one: ReturnType<typeof command>): Promise<void> {
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
      const [own, elsewhere, late] = [new Heard(), new Heard(), new Heard()];
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
      for (const heard of [own, elsewhere, late]) {
        await until(() => heard.count >= 600, 'every record');
        for (const partition of everywhere) expect(heard.ids(partition)).toEqual(ids[partition]);
        for (const partition of everywhere) expect(heard.offsets(partition)).toEqual(span(0, 150));
      }
      expect(everywhere.map((partition) => tail.next(partition))).toEqual([150, 150, 150, 150]);
    });

    test('begins at the given offset of each partition, or anew where the log is shorter', async () => {
      const log = await site.openLog();
      for (const key of keyIn) await Promise.all(span(0, 10).map((index) => log.append(command(key, index))));
      const heard = new Heard();
      const tail = await log.tail(heard.from([0, 4, 10, 1_000]));
      expect(tail.next(3)).toBeLessThanOrEqual(10);
      await until(() => heard.count >= 26, 'what was there');
      expect(everywhere.map((partition) => tail.next(partition))).toEqual([10, 10, 10, 10]);
      await Promise.all(keyIn.map((key) => log.append(command(key, 10))));
      await until(() => heard.count >= 30, 'what came');
      expect(everywhere.map((partition) => heard.offsets(partition))).toEqual([
        span(0, 11),
        span(4, 11),
        span(10, 11),
        span(0, 11),
      ]);
    });

    test('an idle tail hears of a new record in milliseconds, from any process', async () => {
      const [own, other] = [await site.openLog(), await site.openLog()];
      const heard = new Heard();
      await own.tail(heard.from());
      for (const appender of [own, other]) {
        const waits: number[] = [];
        for (let round = 0; round < 15; round++) {
          const before = heard.count;
          const began = performance.now();
          await appender.append(command(keyIn[round % PARTITIONS]!));
          await until(() => heard.count > before, `record ${round}`);
          waits.push(performance.now() - began);
        }
        // Not by a periodic look, of which there are two a second.
        expect(waits.sort((a, b) => a - b)[7]).toBeLessThan(400);
      }
    });

    test('goes on by itself when every connection is cut, and hands nothing over twice', async () => {
      const [appender, reader] = [await site.openLog(), await site.openLog()];
      const heard = new Heard();
      const tail = await reader.tail(heard.from());
      await Promise.all(keyIn.map((key) => appender.append(command(key))));
      await until(() => heard.count === PARTITIONS, 'the tail to be under way');
      const sent = span(0, 200).map((index) => command(keyIn[index % PARTITIONS]!, index));
      const appending = Promise.all(sent.map((one) => insist(appender, one)));
      await site.disturb();
      await appending;
      await site.disturb();
      await insist(appender, command(keyIn[0]!));
      let ends: readonly Offset[] = [];
      for (; ends.length === 0;) ends = await appender.ends().catch(() => []);
      await until(
        () => everywhere.every((partition) => tail.next(partition) === ends[partition]),
        'every record after the cuts',
        40_000,
      );
      for (const partition of everywhere) expect(heard.offsets(partition)).toEqual(span(0, ends[partition]!));
    });

    test('neither takes records from a group nor keeps anything behind itself', async () => {
      const log = await site.openLog();
      const [ledger, heard] = [new Ledger(), new Heard()];
      const consumer = await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
      await until(() => ledger.assigned.length === PARTITIONS, 'the group to be there');
      const groups = await site.groups();
      expect(groups.length).toBeGreaterThan(0);
      const tail = await log.tail(heard.from());
      await Promise.all(span(0, 40).map((index) => log.append(command(keyIn[index % PARTITIONS]!, index))));
      await until(() => ledger.count === 40 && heard.count === 40, 'both to have all of it');
      expect(consumer.owned()).toEqual(everywhere);
      expect(ledger.assigned.length).toBe(PARTITIONS);
      await tail.stop();
      expect(await site.groups()).toEqual(groups);
    });

    test('a stopped tail hears nothing more, and those beside it go on', async () => {
      const log = await site.openLog();
      const [stopped, going] = [new Heard(), new Heard()];
      const tail = await log.tail(stopped.from());
      await log.tail(going.from());
      await log.append(command(keyIn[0]!));
      await until(() => stopped.count === 1 && going.count === 1, 'the first record');
      const stopping = tail.stop();
      await log.append(command(keyIn[0]!));
      await stopping;
      await tail.stop();
      await log.append(command(keyIn[0]!));
      await until(() => going.count === 3, 'the other tail to hear all');
      expect(stopped.count).toBe(1);
      expect(tail.next(0)).toBe(1);
    });

    test('a log that is stopped ends its tails, and refuses another', async () => {
      const [log, other] = [await site.openLog(), await site.openLog()];
      const heard = new Heard();
      await log.tail(heard.from());
      await log.stop();
      await Promise.all(keyIn.map((key) => other.append(command(key))));
      const error = await log.tail(heard.from()).catch((reason: unknown) => reason);
      expect(isLogError(error, 'LOG_UNAVAILABLE')).toBe(true);
      expect(await site.groups()).toEqual([]);
      expect(heard.count).toBe(0);
    });

    test('a follower that throws does not end the tail', async () => {
      const log = await site.openLog();
      const heard = new Heard();
      const { from, records } = heard.from();
      await log.tail({
        from,
        records(partition, given) {
          records(partition, given);
          throw new Error('a fault of the follower');
        },
      });
      for (let index = 0; index < 3; index++) {
        await log.append(command(keyIn[1]!, index));
        await until(() => heard.count === index + 1, `record ${index}`);
      }
      expect(heard.offsets(1)).toEqual([0, 1, 2]);
    });
  });
}
