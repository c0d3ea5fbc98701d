import type { Offset, Partition } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import type { EngineLogger } from '../runtime/logger.js';
import type { CommandRecord, PassedRecord, TailOptions } from './command-log.js';
import { isCommandRecord } from './command-log.js';

/** Where a tail is in each partition, and how it goes on from there: what both engines have in common. */
export interface TailPlaces {
  next(partition: Partition): Offset;
  /**
   * Moves on to the first record where the log no longer reaches back to the place, and back to it where the log ends
   * before the place.
   */
  fit(partition: Partition, bounds: { readonly low: number; readonly high: number }): void;
  seek(partition: Partition, to: Offset): void;
  /** The log is another one, and is followed from its beginning. */
  startOver(partition: Partition): void;
  /** Hands over records from the place on, in order, at least one; the place moves behind them. */
  hand(partition: Partition, records: readonly (CommandRecord | PassedRecord)[]): void;
}

export interface TailPlacesOptions {
  readonly queue: string;
  readonly partitions: number;
  readonly log: EngineLogger;
  readonly tail: TailOptions;
}

export function createTailPlaces({ queue, partitions, log, tail }: TailPlacesOptions): TailPlaces {
  const places = Array.from({ length: partitions }, (_, partition) => tail.from[partition] ?? offset(0));
  const replaced = (partition: Partition): void => {
    try {
      tail.replaced?.(partition);
    } catch (error) {
      log.error({ err: error, queue, partition }, 'whoever follows a queue threw on hearing that it is another one');
    }
  };
  return {
    next: (partition) => places[partition]!,
    fit(partition, { low, high }) {
      const place = places[partition]!;
      if (place > high) {
        log.error(
          { queue, partition, place, high, low },
          'the command log ends before the place of a tail: it is another one; going on from its beginning',
        );
        replaced(partition);
      } else if (place < low)
        log.debug({ queue, partition, place, high, low }, 'a tail passes commands that were deleted');
      else return;
      places[partition] = offset(low);
    },
    seek(partition, to) {
      places[partition] = to;
    },
    startOver(partition) {
      places[partition] = offset(0);
      replaced(partition);
    },
    hand(partition, records) {
      places[partition] = offset(records.at(-1)!.offset + 1);
      const commands = records.filter(isCommandRecord);
      if (commands.length === 0) return;
      try {
        tail.records(partition, commands);
      } catch (error) {
        log.error(
          { err: error, queue, partition },
          'whoever follows a queue threw; the records are not handed over again',
        );
      }
    },
  };
}
