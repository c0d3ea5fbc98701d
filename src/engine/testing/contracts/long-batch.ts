import { until } from '../until.js';
import { keyIn } from './command-tail.js';
import type { LogEngine, LogSite } from './log-site.js';
import { command, Ledger, PARTITIONS } from './log-site.js';

/** A handler may be paced, and stay in one batch for minutes. */
export function longBatchContract(engine: LogEngine): void {
  describe(`a batch that takes long, on ${engine.name}`, () => {
    let site: LogSite;
    beforeEach(async () => void (site = await engine.createSite()));
    afterEach(() => site[Symbol.asyncDispose]());

    test('a long batch does not cost a member its partitions', async () => {
      const logs = [await site.openLog(), await site.openLog()];
      const ledger = new Ledger();
      let release!: () => void;
      const held = new Promise<void>((resolve) => (release = resolve));
      let aborted = 0;
      const handler = ledger.handler((_partition, _records, signal) => {
        signal.addEventListener('abort', () => aborted++);
        return held;
      });
      const [busy, idle] = [
        await logs[0]!.consume({ group: 'g', maxBatch: 10, handler }),
        await logs[1]!.consume({ group: 'g', maxBatch: 10, handler }),
      ];
      await until(() => busy.owned().length === 2 && idle.owned().length === 2, 'two each');
      // The other one is idle, and would take over at once.
      const partitions = busy.owned();
      await Promise.all(partitions.map((partition) => logs[0]!.append(command(keyIn[partition]!))));
      await until(() => ledger.running === 2, 'both partitions to work');
      const assigned = ledger.assigned.length;
      const end = performance.now() + 1.2 * site.timeoutMs;
      await until(
        () => performance.now() > end || busy.owned().length + idle.owned().length < PARTITIONS,
        'longer than a member may be silent',
      );
      expect({ owned: busy.owned(), aborted, assigned: ledger.assigned.length }).toEqual({
        owned: partitions,
        aborted: 0,
        assigned,
      });
      release();
      await until(() => ledger.count === 2, 'both batches to be stored');
      await Promise.all(keyIn.map((key) => logs[1]!.append(command(key))));
      await until(() => ledger.count === 2 + PARTITIONS, 'the next batches');
      expect({ aborted, overlaps: ledger.overlaps }).toEqual({ aborted: 0, overlaps: 0 });
    });

    test('its signal is aborted when the partition moves or the consumer stops', async () => {
      const logs = [await site.openLog(), await site.openLog()];
      const ledger = new Ledger();
      let aborted = 0;
      const hang = (signal: AbortSignal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            aborted++;
            reject(new Error('aborted'));
          }),
        );
      const first = await logs[0]!.consume({
        group: 'g',
        maxBatch: 10,
        handler: ledger.handler((_partition, _records, signal) => hang(signal)),
      });
      await Promise.all(keyIn.map((key) => logs[0]!.append(command(key))));
      await until(() => ledger.running === PARTITIONS, 'every partition to be at work');

      const second = await logs[1]!.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
      await until(() => second.owned().length === 2 && ledger.count === 2, 'the second to do its share');
      expect({ aborted, running: ledger.running, kept: first.owned().length }).toEqual({
        aborted: 2,
        running: 2,
        kept: 2,
      });

      const began = performance.now();
      await first.stop();
      expect(performance.now() - began).toBeLessThan(2_000);
      expect({ aborted, running: ledger.running }).toEqual({ aborted: 4, running: 0 });
      await until(() => ledger.count === PARTITIONS, 'the second to do the rest');
      expect(ledger.overlaps).toBe(0);
    });
  });
}
