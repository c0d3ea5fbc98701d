import type { Partition, Position } from '../domain/ids.js';
import type { PartitionReader } from '../log/partition-reader.js';
import { pause } from '../runtime/retry.js';

export interface CaughtUpOptions {
  /** The end of every partition, as the record has it. */
  readonly heads: () => Promise<readonly Position[]>;
  readonly reader: (partition: Partition) => Pick<PartitionReader, 'position' | 'grown'>;
}

/** Those who ask within this time share one look at the record. */
const GATHER_MS = 20;
const TIMEOUT_MS = 500;
/** So long the feed has to bring what is missing; then it is read from the store. */
const FEED_MS = 50;
const POLL_INTERVAL_MS = 2;

/**
 * Waits until the reader of a partition has handed on whatever was stored before the call. However many ask: one look
 * at the record in 20 ms. @returns false where that takes too long @throws where the record cannot be looked at
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
    for (let toldOf = false; reading.position < head;) {
      const waited = performance.now() - began;
      if (waited > TIMEOUT_MS) return false;
      if (!toldOf && waited > FEED_MS) {
        reading.grown(head);
        toldOf = true;
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
