import type { Partition } from '../domain/ids.js';
import { startPoll } from '../runtime/poll.js';
import type { WakeUp } from './wake-up.js';

/** The ends of the partitions of a queue that this process knows, and its readers that wait for more. */
export interface QueueEnds {
  /** The offset after the last known command. */
  knownEnd(partition: Partition): number;
  /** A notification that the partition ends there. */
  grew(partition: Partition, end: number): void;
  /**
   * Resolves once the known end is beyond the offset or moved before it, or the signal is aborted. The records have to
   * be read from the database: a notification is only a hint.
   */
  untilPast(partition: Partition, from: number, signal: AbortSignal): Promise<void>;
  /**
   * The answer of the database; `before` is `knownEnd` from before the query. Only this makes an end smaller: after a
   * failover a log may be shorter than its notifications said.
   */
  learnt(partition: Partition, before: number, end: number): void;
  stop(): void;
}

export interface QueueEndsOptions {
  readonly wakeUp: WakeUp;
  readonly queue: string;
  readonly partitions: number;
  readonly pollIntervalMs: number;
  /** Reads the ends of all partitions with commands from the database. */
  ask(): Promise<readonly { readonly partition: Partition; readonly end: number }[]>;
  /** Whether this process reads the queue. */
  needed(): boolean;
}

/** The name of a partition of a queue in wake-ups. */
export const wakeUpName = (queue: string, partition: Partition): string => `${queue}/${partition}`;

interface Waiter {
  readonly partition: Partition;
  readonly from: number;
  wake(): void;
}

export function openQueueEnds({ wakeUp, queue, partitions, pollIntervalMs, ask, needed }: QueueEndsOptions): QueueEnds {
  const known: number[] = Array.from({ length: partitions }, () => 0);
  const waiting = new Set<Waiter>();
  const names = new Map(known.map((_, partition) => [wakeUpName(queue, partition), partition]));

  function grew(partition: Partition, end: number): void {
    if (!(end > (known[partition] ?? Infinity))) return;
    known[partition] = end;
    for (const waiter of waiting) if (waiter.partition === partition && waiter.from < end) waiter.wake();
  }

  // A wake-up may be lost, and after a failover the log may be shorter than the known end: the poll covers both.
  async function askEnds(): Promise<void> {
    if (!needed()) return;
    // A waiter has read up to its place: a smaller end means that the log became shorter.
    const waited = [...waiting];
    const ends = new Map((await ask()).map(({ partition, end }) => [partition, end]));
    for (const [partition, end] of ends) grew(partition, end);
    for (const waiter of waited) if ((ends.get(waiter.partition) ?? 0) < waiter.from) waiter.wake();
  }

  // Whoever reads or beats says that the database is away.
  const poll = startPoll({ run: askEnds, everyMs: pollIntervalMs, failed: () => undefined });
  const unsubscribe = [
    wakeUp.on('madang_commands', (name, end) => {
      const partition = names.get(name);
      if (partition !== undefined) grew(partition, end);
    }),
    wakeUp.onReturn(() => void poll.now()),
  ];

  return {
    knownEnd: (partition) => known[partition]!,
    grew,
    untilPast(partition, from, signal) {
      if (signal.aborted || known[partition]! > from) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = (): void => {
          waiting.delete(waiter);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const waiter = { partition, from, wake };
        waiting.add(waiter);
        signal.addEventListener('abort', wake);
      });
    },
    learnt(partition, before, end) {
      if (end > known[partition]!) grew(partition, end);
      else if (known[partition] === before) known[partition] = end;
    },
    stop() {
      void poll.stop();
      for (const unsubscribeOne of unsubscribe) unsubscribeOne();
    },
  };
}
