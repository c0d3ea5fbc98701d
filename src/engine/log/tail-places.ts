import type { Offset, Partition } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import type { EngineLogger } from '../runtime/logger.js';
import type { CommandRecord, PassedRecord, TailOptions } from './command-log.js';
import { isCommandRecord } from './command-log.js';

/** The places of a tail in each partition, for both engines. */
export interface TailPlaces {
  next(partition: Partition): Offset;
  /**
   * Moves the place up to the first record if the log starts later, and back to the first if the log ends before the
   * place.
   */
  fit(partition: Partition, bounds: { readonly low: number; readonly high: number }): void;
  seek(partition: Partition, to: Offset): void;
  /** The log is a new one, and is followed from its beginning. */
  startOver(partition: Partition): void;
  /** Delivers records from the place on, in order, at least one, and moves the place. */
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
      log.error({ err: error, queue, partition }, 'a follower of a queue threw on its replacement');
    }
  };
  return {
    next: (partition) => places[partition]!,
    fit(partition, { low, high }) {
      const place = places[partition]!;
      if (place > high) {
        log.error(
          { queue, partition, place, high, low },
          'the command log ends before the place of a tail: it is a new log, followed from its beginning',
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
        log.error({ err: error, queue, partition }, 'a follower of a queue threw; the records are not delivered again');
      }
    },
  };
}
