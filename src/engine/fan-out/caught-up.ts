import type { Partition, Position } from '../domain/ids.js';
import type { PartitionReader } from '../log/partition-reader.js';
import { pause } from '../runtime/retry.js';

export interface CaughtUpOptions {
  /** The heads of all partitions in the event store. */
  readonly heads: () => Promise<readonly Position[]>;
  readonly reader: (partition: Partition) => Pick<PartitionReader, 'position' | 'grown'>;
}

/** Calls within this time share one read of the heads. */
const GATHER_MS = 20;
const TIMEOUT_MS = 500;
/** Time for the feed to bring the missing events; then they are read from the store. */
const FEED_MS = 50;
const POLL_INTERVAL_MS = 2;

/**
 * Waits until the reader of a partition has delivered all events stored before the call. All calls share one read of
 * the heads per 20 ms.
 * @returns false after a time-out @throws the heads cannot be read
 */
export function createCaughtUp({ heads, reader }: CaughtUpOptions): (partition: Partition) => Promise<boolean> {
  let gathering: {
    readonly heads: Promise<readonly Position[]>;
    readonly waits: Map<Partition, Promise<boolean>>;
  } | null = null;

  const gather = async (): Promise<readonly Position[]> => {
    await pause(GATHER_MS);
    gathering = null;
    return heads();
  };

  const wait = async (partition: Partition, found: Promise<readonly Position[]>): Promise<boolean> => {
    const head = (await found)[partition]!;
    const reading = reader(partition);
    const began = performance.now();
    for (let announced = false; reading.position < head;) {
      const waited = performance.now() - began;
      if (waited > TIMEOUT_MS) return false;
      if (!announced && waited > FEED_MS) {
        reading.grown(head);
        announced = true;
      }
      await pause(POLL_INTERVAL_MS);
    }
    return true;
  };

  return (partition) => {
    gathering ??= { heads: gather(), waits: new Map() };
    const { heads: found, waits } = gathering;
    const waiting = waits.get(partition) ?? wait(partition, found);
    waits.set(partition, waiting);
    return waiting;
  };
}
