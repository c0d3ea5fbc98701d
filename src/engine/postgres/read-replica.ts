import type pg from 'pg';
import type { Partition, Position } from '../domain/ids.js';
import type { LogEpochs } from '../log/log-epochs.js';
import type { KnownHead, ReadNeeds, ReadReplica, ReplicaObserver } from '../projector/read-replica.js';
import { settlesWithin } from '../runtime/deadline.js';
import type { Logger } from '../runtime/logging.js';
import type { Poll } from '../runtime/poll.js';
import { startPoll } from '../runtime/poll.js';
import { pause } from '../runtime/retry.js';

export interface ReadReplicaOptions {
  readonly pool: pg.Pool;
  readonly epochs: Pick<LogEpochs, 'current'>;
  readonly partitions: number;
  readonly head: KnownHead;
  readonly pollIntervalMs: number;
  readonly observer: ReplicaObserver;
  readonly logger: Logger;
}

/** Longer than the usual lag of a standby nearby, and shorter than a person notices. */
const WAIT_MS = 100;
const WAIT_POLL_MS = 5;
/** A restart of the primary begins an epoch, which its standby gets a moment later. */
const POLLS_UNTIL_REPORT = 5;

/** Out: a row per partition. `models`: the position of each read model, by name. */
const SEEN = `
SELECT h.partition::integer AS partition, h.epoch, h.head, coalesce(c.models, '{}') AS models
FROM event_heads h LEFT JOIN (
  SELECT partition, json_object_agg(name, position) AS models FROM projection_checkpoints GROUP BY partition
) c USING (partition)`;

interface Seen {
  readonly partition: Partition;
  readonly epoch: number;
  readonly head: number;
  readonly models: Readonly<Record<string, number>>;
}

/**
 * - `away`: it did not answer the last question.
 * - `forked`: it is not on this process's branch of the log.
 * - `behind`: a wait for it was in vain. No read waits until it has the events that were known one poll ago.
 * - `ready`: it is read, and waited for.
 *
 * Every answer leads to `forked`, `behind` or `ready`, and every failure to `away`.
 */
type State = 'away' | 'forked' | 'behind' | 'ready';

/** Watches a standby. The caller owns the pool, whose queries have a deadline, and closes it after `stop`. */
export function watchReadReplica(options: ReadReplicaOptions): ReadReplica {
  const { pool, epochs, partitions, head, pollIntervalMs, observer, logger } = options;
  let state: State = 'away';
  let seen: readonly (Seen | undefined)[] = [];
  /** The heads that this process knew one poll ago. */
  let goal: readonly Position[] = [];
  let problem: 'away' | 'forked' | null = null;
  let forkedPolls = 0;
  let poll: Poll | null = null;

  const become = (next: State): void => {
    state = next;
    observer.usable(next === 'ready');
  };

  const report = (next: typeof problem, error?: unknown): void => {
    if (next === problem) return;
    problem = next;
    if (next === null) logger.info('the replica answers again: read models are read there');
    else if (next === 'away')
      logger.warn(
        { err: error },
        'the replica of DATABASE_REPLICA_URL does not answer: read models are read from the primary until it does',
      );
    else
      logger.warn(
        'the replica of DATABASE_REPLICA_URL is not on the branch of the log that this process is on, and is not ' +
          'read: make it a standby of the primary that DATABASE_URL names',
      );
  };

  const heads = (): readonly Position[] => Array.from({ length: partitions }, (_, partition) => head(partition));

  const run = async (): Promise<void> => {
    const known = heads();
    const { rows } = await pool.query<Seen>({ name: 'replica-seen', text: SEEN });
    const answer: (Seen | undefined)[] = Array.from({ length: partitions });
    for (const row of rows) answer[row.partition] = row;
    seen = answer;
    observer.lag(known.reduce((sum, at, partition) => sum + Math.max(0, at - (seen[partition]?.head ?? 0)), 0));
    if (known.some((_, partition) => seen[partition]?.epoch !== epochs.current(partition))) {
      become('forked');
      if (++forkedPolls >= POLLS_UNTIL_REPORT) report('forked');
      return;
    }
    forkedPolls = 0;
    report(null);
    const hasCaughtUp = goal.every((at, partition) => seen[partition]!.head >= at);
    goal = known;
    become(state === 'behind' && !hasCaughtUp ? 'behind' : 'ready');
  };

  const holds = ({ models, at }: ReadNeeds): boolean =>
    at.every(({ partition, epoch, position }) => {
      const found = seen[partition];
      return found?.epoch === epoch && models.every((name) => (found.models[name] ?? 0) >= position);
    });

  return {
    start() {
      poll = startPoll({
        run,
        everyMs: pollIntervalMs,
        failed(error) {
          become('away');
          report('away', error);
        },
      });
      void poll.now();
    },
    isUsable: () => state === 'ready',
    async reached(needs) {
      const end = performance.now() + WAIT_MS;
      while (state === 'ready' && poll) {
        const left = end - performance.now();
        if (left > 0) await settlesWithin(poll.now(), left);
        if (holds(needs)) return true;
        if (left <= 0) {
          become('behind');
          return false;
        }
        await pause(WAIT_POLL_MS);
      }
      return false;
    },
    failed() {
      become('away');
      void poll?.now();
    },
    async stop() {
      become('away');
      await poll?.stop();
    },
  };
}
