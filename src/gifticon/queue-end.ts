import type { Offset, Partition } from '../engine/domain/ids.js';
import { offset } from '../engine/domain/ids.js';
import { withTimeout } from '../engine/runtime/deadline.js';
import type { CommandLog } from '../engine/log/command-log.js';
import { createBulkLookup } from './bulk-lookup.js';

/** Whether the queue has been read up to its end. */
export interface QueueEnd {
  /** Called after records were read. */
  moved(): void;
  /**
   * Waits until everything that is in the queue now has been read.
   * @returns false where the signal ended the wait before
   * @throws where the queue does not answer in time
   */
  reached(signal: AbortSignal): Promise<boolean>;
  /** The same, for as long as a client waits. */
  reachedSoon(): Promise<boolean>;
  /** Waits as long until the record at this offset has been read. Never throws. */
  readSoon(partition: Partition, at: Offset): Promise<boolean>;
}

export interface QueueEndOptions {
  readonly requests: Pick<CommandLog, 'ends'>;
  /** The first offset that was not read yet. */
  readonly next: (partition: Partition) => Offset;
}

const TIMEOUT_MS = 1_000;
/** The offset moves without a record too, where the last records are gone. */
const POLL_INTERVAL_MS = 50;

interface Wait {
  readonly ends: readonly Offset[];
  readonly resolve: (reached: boolean) => void;
}

export function createQueueEnd({ requests, next }: QueueEndOptions): QueueEnd {
  const waits = new Set<Wait>();
  let timer: NodeJS.Timeout | undefined;
  const lookup = createBulkLookup<'ends', readonly Offset[]>({
    load: async () => new Map([['ends', await requests.ends()]]),
    maxKeys: 10_000,
    timeoutMs: TIMEOUT_MS,
  });

  const has = (ends: readonly Offset[]): boolean => ends.every((end, partition) => next(partition) >= end);

  const moved = (): void => {
    for (const wait of waits) if (has(wait.ends)) wait.resolve(true);
  };

  const untilRead = async (ends: readonly Offset[], signal: AbortSignal): Promise<boolean> => {
    if (has(ends)) return true;
    if (signal.aborted) return false;
    timer ??= setInterval(moved, POLL_INTERVAL_MS);
    return new Promise((settle) => {
      const giveUp = (): void => wait.resolve(false);
      const wait: Wait = {
        ends,
        resolve(answer) {
          signal.removeEventListener('abort', giveUp);
          waits.delete(wait);
          if (waits.size === 0) {
            clearInterval(timer);
            timer = undefined;
          }
          settle(answer);
        },
      };
      signal.addEventListener('abort', giveUp, { once: true });
      waits.add(wait);
    });
  };

  const reached = async (signal: AbortSignal): Promise<boolean> => untilRead((await lookup.find('ends')) ?? [], signal);

  return {
    moved,
    reached,
    reachedSoon: () => withTimeout(TIMEOUT_MS, reached),
    readSoon(partition, at) {
      const ends = Array.from({ length: partition + 1 }, () => offset(0));
      ends[partition] = offset(at + 1);
      return withTimeout(TIMEOUT_MS, (deadline) => untilRead(ends, deadline));
    },
  };
}
