import type { CommandEnvelope } from '../domain/envelope.js';
import type { RecordedEvent, UnreadableEvent } from '../domain/event.js';
import { isReadable } from '../domain/event.js';
import type { Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { Logger } from '../runtime/logging.js';
import type { PartitionReader } from '../log/partition-reader.js';
import { readPartition } from '../log/partition-reader.js';
import type { CommandLog } from '../log/command-log.js';
import type { EventFeed } from '../log/event-feed.js';
import type { EventStore } from '../store/event-store.js';
import type { ProcessCheckpoints } from './process-checkpoints.js';
import { followPartitions } from '../log/follow-partitions.js';

/** Answers events with commands to other aggregates, perhaps in other partitions. */
export interface ProcessManager {
  readonly name: string;
  readonly handles: readonly string[];
  /**
   * Returns the commands that answer events of a partition, in order, all of handled types, at least one. Called again
   * after a crash: the commandIds must be derived from the events, or stored before the commands are sent. A throw is
   * retried.
   */
  react(events: readonly RecordedEvent[]): readonly CommandEnvelope[] | Promise<readonly CommandEnvelope[]>;
  /**
   * Called when the commands are durable, before the checkpoint moves past these events; perhaps more than once for the
   * same events.
   */
  answered?(events: readonly RecordedEvent[]): Promise<void>;
}

export interface ProcessManagersOptions {
  readonly managers: readonly ProcessManager[];
  readonly log: CommandLog;
  readonly feed: EventFeed;
  readonly events: EventStore;
  readonly checkpoints: ProcessCheckpoints;
  readonly pollIntervalMs: number;
  readonly logger: Logger;
}

/** Events without an answer move the checkpoint in memory; it is stored at the latest after this many. */
const STORE_EVERY = 1_000;

export interface ProcessManagers {
  /** Events decided but not yet answered, for what this process owns. */
  lag(): readonly { readonly manager: string; readonly partition: Partition; readonly events: number }[];
  stop(): Promise<void>;
}

/** Runs process managers on the partitions that this process is given. */
export async function startProcessManagers({
  managers,
  log,
  checkpoints,
  ...options
}: ProcessManagersOptions): Promise<ProcessManagers> {
  const { events, logger } = options;
  const owned = new Map<Partition, readonly PartitionReader[]>();
  const following = await followPartitions({
    ...options,
    store: events,
    group: 'process-managers',
    gatherMs: 0,
    open(partition) {
      const readers = managers.map((manager) => {
        const handled = new Set<string>(manager.handles);
        let stored = position(0);
        return readPartition({
          partition,
          store: events,
          async start() {
            const from = await checkpoints.read(manager.name, partition);
            stored = from;
            return from;
          },
          maxBatch: 500,
          async deliver(batch) {
            // An event that it cannot read cannot be answered later either once it is passed: the partition waits for a
            // newer program.
            const stop = batch.find(
              (entry): entry is UnreadableEvent => !isReadable(entry) && events.catalog.concerns(handled, entry),
            );
            const run = stop ? batch.slice(0, batch.indexOf(stop)) : batch;
            const concerned = run.filter(isReadable).filter((event) => events.catalog.concerns(handled, event));
            const commands = concerned.length > 0 ? await manager.react(concerned) : [];
            // All durable before the checkpoint moves. After a crash in between they are sent again, under the same
            // commandIds.
            await Promise.all(commands.map((command) => log.append(command)));
            if (concerned.length > 0) await manager.answered?.(concerned);
            const to: Position = run.at(-1)?.position ?? stored;
            if (to > stored && (commands.length > 0 || stop || to - stored >= STORE_EVERY)) {
              await checkpoints.write(manager.name, partition, to);
              stored = to;
            }
            if (stop) throw stop.unreadable;
          },
          logger: logger.child({ processManager: manager.name }),
        });
      });
      owned.set(partition, readers);
      return { readers, close: () => owned.delete(partition) };
    },
  });
  return {
    lag: () =>
      [...owned].flatMap(([partition, readers]) =>
        readers.map(({ head, position }, index) => ({
          manager: managers[index]!.name,
          partition,
          events: Math.max(0, head - position),
        })),
      ),
    stop: () => following.stop(),
  };
}
