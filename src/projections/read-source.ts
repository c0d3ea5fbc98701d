import type { LogPosition, Partition, Position } from '../engine/domain/ids.js';
import { position } from '../engine/domain/ids.js';
import type { LogEpochs } from '../engine/log/log-epochs.js';
import type { ReadCache } from '../engine/projector/read-cache.js';
import type { KnownHead, ReadReplica } from '../engine/projector/read-replica.js';
import type { SqlReader } from './prisma-client.js';
import { ReplicaBehindError, onlyIfHeld } from './only-if-held.js';

export interface FreshRead {
  /** The read models that the query reads. */
  readonly models: readonly { readonly name: string }[];
  /** The positions that each of them must hold; 0: any. */
  readonly at: readonly LogPosition[];
}

/**
 * Runs a query where its data is fresh enough. `query` may be called again, on another server. What decides an access
 * never comes this way: it is asked of the primary.
 */
export type ReadFresh = <T>(needs: FreshRead, query: (sql: SqlReader) => Promise<T>) => Promise<T>;

export const fromPrimary =
  (primary: SqlReader): ReadFresh =>
  (_, query) =>
    query(primary);

/** Where a query was answered, or why it was not the replica. */
export type ReplicaOutcome = 'replica' | 'behind' | 'failed' | 'unusable';

export interface ReplicatedReads {
  readonly read: ReadFresh;
  /** The same cache. What it has shown, the replica must hold. */
  noting(cache: ReadCache): ReadCache;
  /** The log forked after this position: no later one was shown. */
  forked(partition: Partition, after: Position): void;
}

export interface ReplicatedReadsOptions {
  readonly primary: SqlReader;
  readonly replica: ReadReplica;
  readonly replicaReader: SqlReader;
  readonly epochs: Pick<LogEpochs, 'current'>;
  readonly head: KnownHead;
  readonly counted: (outcome: ReplicaOutcome) => void;
}

/**
 * Reads from a replica that holds what is asked, and everything that this process has shown of the partition before: a
 * client that reads on through one server never sees less than before. Every other read goes to the primary.
 */
export function replicatedReads(options: ReplicatedReadsOptions): ReplicatedReads {
  const { primary, replica, replicaReader, epochs, head, counted } = options;
  /** The newest position of each partition that was shown from Redis, or may have been from the primary. */
  const shown = new Map<Partition, Position>();
  const note = (partition: Partition, at: Position): void => {
    if (at > (shown.get(partition) ?? 0)) shown.set(partition, at);
  };

  const fromReplica = async <T>(
    { models, at }: FreshRead,
    query: (sql: SqlReader) => Promise<T>,
  ): Promise<{ readonly answer: T } | Exclude<ReplicaOutcome, 'replica'>> => {
    if (!replica.isUsable()) return 'unusable';
    const needs = {
      models: models.map(({ name }) => name),
      at: at.map(({ partition, position: asked }) => ({
        partition,
        epoch: epochs.current(partition),
        position: position(Math.max(asked, shown.get(partition) ?? 0)),
      })),
    };
    for (const hasWaited of [false, true]) {
      try {
        return { answer: await query(onlyIfHeld(replicaReader, needs)) };
      } catch (error) {
        if (!(error instanceof ReplicaBehindError)) {
          // A fault of the query itself shows on the primary, too.
          replica.failed();
          return 'failed';
        }
        if (!hasWaited && !(await replica.reached(needs))) break;
      }
    }
    return 'behind';
  };

  return {
    async read(needs, query) {
      const found = await fromReplica(needs, query);
      if (typeof found === 'object') {
        counted('replica');
        return found.answer;
      }
      counted(found);
      const answer = await query(primary);
      for (const { partition } of needs.at) note(partition, head(partition));
      return answer;
    },
    noting: (cache) => ({
      async read(...asked) {
        const answered = await cache.read(...asked);
        if (answered) note(asked[1], answered.holds);
        return answered;
      },
    }),
    forked(partition, after) {
      shown.set(partition, position(Math.min(shown.get(partition) ?? 0, after)));
    },
  };
}
