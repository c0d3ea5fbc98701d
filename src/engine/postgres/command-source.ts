import type { Offset, Partition } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import type { CommandRecord } from '../log/command-log.js';
import { LogError } from '../log/command-log.js';
import type { RecordSource } from '../log/partition-worker.js';
import type { EngineLogger } from '../runtime/logger.js';
import type { QueueEnds } from './queue-ends.js';
import type { Trimming } from './trim-commands.js';

export interface CommandSourceOptions {
  readonly queue: string;
  readonly partition: Partition;
  readonly group: string;
  readonly ends: QueueEnds;
  readonly bounds: (partition: Partition) => Promise<{ readonly low: number; readonly high: number }>;
  readonly read: (partition: Partition, from: Offset, max: number) => Promise<readonly CommandRecord[]>;
  readonly trimming: Trimming;
  readonly log: EngineLogger;
}

const TRIM_EVERY = 1_000;

/** The commands of one partition, for one group. */
export function commandSource(options: CommandSourceOptions): RecordSource {
  const { queue, partition, group, ends, bounds, read, trimming, log } = options;
  let trimmed = -1;

  return {
    async locate({ next: wanted }) {
      const before = ends.knownEnd(partition);
      const { low, high } = await bounds(partition);
      ends.learnt(partition, before, high);
      trimmed = wanted;
      // Commands that this group has not seen must not be deleted.
      await trimming.save(partition, group, offset(Math.min(wanted, high)));
      if (wanted > high) {
        log.error(
          { queue, partition, group, wanted, high, low },
          'the command log ends before the checkpoint of the group: it is a new log, read from its beginning',
        );
        return offset(low);
      }
      if (wanted < low) {
        const err = new LogError(
          'LOG_MISMATCH',
          `commands ${wanted} to ${low - 1} of ${queue}, partition ${partition}, were deleted undecided`,
        );
        log.error({ err, queue, partition, group }, 'commands are missing from the log; continuing after them');
        return offset(low);
      }
      return wanted;
    },
    async read(from, max, signal) {
      await ends.untilPast(partition, from, signal);
      if (signal.aborted) return [];
      const records = await read(partition, from, max);
      if (records[0]?.offset !== from) {
        throw new LogError(
          'LOG_MISMATCH',
          `${queue}, partition ${partition}, lacks command ${from}: reading where the partition begins`,
        );
      }
      return records;
    },
    handled(next) {
      if (next - trimmed < TRIM_EVERY) return;
      trimmed = next;
      trimming
        .handled(partition, group, next)
        .catch((error: unknown) =>
          log.warn({ err: error, queue, partition }, 'deleting decided commands failed; it is retried later'),
        );
    },
  };
}
