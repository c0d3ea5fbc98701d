import { partitionOf } from '../../log/partitioning.js';
import type { LogEngine, LogSite } from './log-site.js';
import { until } from '../until.js';
import { byNumber, command, forkMember, Ledger, PARTITIONS } from './log-site.js';

const keys = Array.from({ length: 40 }, (_, index) => `room-${index}`);
/** A key of each partition. */
const keyIn = Array.from({ length: PARTITIONS }, (_, partition) =>
  keys.find((key) => partitionOf(key, PARTITIONS) === partition)!,
);
const everywhere = keyIn.map((_, partition) => partition);

const atWorkEverywhere = ({ said }: ReturnType<typeof forkMember>): Promise<void> =>
  until(
    () => said.filter((message) => message.said === 'handling').length === PARTITIONS,
    'the child to be at work everywhere',
  );

/** Members of a group share the partitions of a queue, and take over from each other. */
export function consumerGroupContract(engine: LogEngine): void {
  describe(`a consumer group on ${engine.name}`, () => {
    let site: LogSite;
    beforeEach(async () => void (site = await engine.createSite()));
    afterEach(() => site[Symbol.asyncDispose]());

    test('two groups get every command', async () => {
      const log = await site.openLog();
      const [a, b] = [new Ledger(), new Ledger()];
      await log.consume({ group: 'a', maxBatch: 10, handler: a.handler() });
      await log.consume({ group: 'b', maxBatch: 10, handler: b.handler() });
      const sent = keys.map((key) => command(key));
      await Promise.all(sent.map((one) => log.append(one)));
      await until(() => a.count === 40 && b.count === 40, 'all of it in both');
      expect([...a.ids].sort()).toEqual([...b.ids].sort());
    });

    test('members share the partitions, also after one joins or leaves', async () => {
      const ledger = new Ledger();
      const logs = [await site.openLog(), await site.openLog(), await site.openLog()];
      const first = await logs[0]!.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
      await until(() => first.owned().length === PARTITIONS, 'the first to own all');
      const appending = (async () => {
        for (let round = 0; round < 50; round++)
          await Promise.all(keys.map((key) => logs[0]!.append(command(key, round))));
      })();
      const second = await logs[1]!.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
      const third = await logs[2]!.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
      const members = [first, second, third];
      const shared = (): boolean => {
        const all = members.flatMap((member) => member.owned()).sort(byNumber);
        return String(all) === String(everywhere) && members.every((member) => member.owned().length >= 1);
      };
      await until(shared, 'a fair share for each of three');
      await first.stop();
      expect(first.owned()).toEqual([]);
      await until(() => [second, third].every((member) => member.owned().length === 2), 'two each');
      await appending;
      await until(() => ledger.count === 2_000, 'every command');
      expect(new Set(ledger.ids).size).toBe(2_000);
      for (const partition of everywhere) {
        const records = ledger.records.get(partition)!;
        expect(records.map((record) => record.offset)).toEqual(records.map((_, index) => index));
      }
    });

    test('stopping lets the running batch end, then revokes, and starts no other', async () => {
      const log = await site.openLog();
      const ledger = new Ledger();
      let release!: () => void;
      const held = new Promise<void>((resolve) => (release = resolve));
      const consumer = await log.consume({ group: 'g', maxBatch: 1, handler: ledger.handler(() => held) });
      for (let index = 0; index < 3; index++) await log.append(command(keyIn[0]!));
      await until(() => ledger.running === 1, 'a running batch');
      const stopped = consumer.stop();
      release();
      await stopped;
      await consumer.stop();
      expect(ledger.count).toBe(1);
      expect(ledger.running).toBe(0);
      expect([...ledger.revoked].sort(byNumber)).toEqual(everywhere);
      expect(ledger.count).toBe(1);
    });

    test('stopping aborts a batch that does not end', async () => {
      const log = await site.openLog();
      const ledger = new Ledger();
      const hang = (signal: AbortSignal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
      const consumer = await log.consume({
        group: 'g',
        maxBatch: 1,
        handler: ledger.handler((_p, _r, signal) => hang(signal)),
      });
      await log.append(command('a'));
      await until(() => ledger.running === 1, 'a running batch');
      await consumer.stop();
      expect(ledger.running).toBe(0);
      expect(ledger.count).toBe(0);
    });

    test('a member that is killed while it works is followed by another, at its batch', async () => {
      const log = await site.openLog();
      await Promise.all(keys.map((key) => log.append(command(key))));
      const child = forkMember(site, 'g');
      try {
        await atWorkEverywhere(child);
        const ledger = new Ledger();
        const killed = performance.now();
        await child.end();
        await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
        await until(() => ledger.count === 40, 'all commands');
        expect(performance.now() - killed).toBeLessThan(15_000);
      } finally {
        await child.end();
      }
    });

    test('a paused member loses its partitions, and gets its share again', async () => {
      const log = await site.openLog();
      await Promise.all(keys.map((key) => log.append(command(key))));
      const child = forkMember(site, 'g');
      try {
        await atWorkEverywhere(child);
        child.signal('SIGSTOP');
        const ledger = new Ledger();
        const consumer = await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
        await until(() => consumer.owned().length === PARTITIONS, 'the other to own all');
        await until(() => ledger.count === 40, 'all commands');
        child.signal('SIGCONT');
        await until(
          () => child.said.filter(({ said }) => said === 'aborted').length === PARTITIONS,
          'the frozen one to learn of it',
        );
        await until(() => consumer.owned().length === 2 && child.said.at(-1)?.owned?.length === 2, 'two each');
        expect(new Set(ledger.ids).size).toBe(40);
      } finally {
        await child.end();
      }
    });
  });
}
