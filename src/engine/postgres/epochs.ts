import type pg from 'pg';
import type { Partition, Position } from '../domain/ids.js';
import { epoch, position } from '../domain/ids.js';
import type { EpochBegin, KnownEpochs, LogEpochsOptions } from '../log/known-epochs.js';
import { createLogEpochs } from '../log/known-epochs.js';
import type { LogEpochs } from '../log/log-epochs.js';

/** A subquery: evaluated once per statement. */
const DATABASE = '(SELECT oid FROM pg_database WHERE datname = current_database())';

/**
 * True while the row `h` of event_heads was last written by this run of this server, in this database and table. A
 * server that was restarted, promoted, restored or set back has another start time. A dump that was restored into a
 * running server has made the table anew. A copy of a database (CREATE DATABASE … TEMPLATE) keeps the tables of its
 * original, but has another oid. While this is false, no event is stored before a new epoch has begun. VACUUM FULL of
 * event_heads makes it false, too, at the cost of a restart. The oid of the table would not change by it, but would not
 * show TRUNCATE and a restored dump either.
 */
export const SAME_RUN = `(h.server_started = pg_postmaster_start_time()
  AND h.filenode = pg_relation_filenode(h.tableoid) AND h.database = ${DATABASE}) IS TRUE`;

/** In the order of the partitions. */
const HEADS =
  `SELECT h.partition::integer AS partition, h.head, h.epoch, ${SAME_RUN} AS same, ` +
  'pg_is_in_recovery() AS standby FROM event_heads h ORDER BY h.partition';

/** Identifies the run of the server. `known` is null before the first migration. */
const RUN = `
SELECT concat_ws('/', (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint,
  pg_relation_filenode(to_regclass('event_heads')), ${DATABASE}) AS run,
  pg_is_in_recovery() AS standby`;

/**
 * Begins a new epoch in every partition that another run of the server wrote last, and in partition $1 if its epoch is
 * $2 and its head is below $3: a client has seen a later position there. An epoch that stored no event is deleted: no
 * position belongs to it.
 *
 * It does not wait for a standby, since reads wait for it. Events of this epoch do wait for the standby, which then has
 * the epoch, too. A standby that is promoted without it begins another one.
 * Locks: the rows of event_heads, in their order, briefly.
 */
const BEGIN = `
WITH bounded AS (
  SELECT set_config('synchronous_commit', 'local', true), set_config('lock_timeout', '1s', true)
), due AS (
  SELECT h.partition FROM bounded, event_heads h
  WHERE NOT ${SAME_RUN} OR (h.partition = $1 AND h.epoch = $2 AND h.head < $3) ORDER BY h.partition FOR UPDATE OF h
), begun AS (
  UPDATE event_heads h SET epoch = greatest((extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
    h.epoch + 1 + (random() * 1000)::integer),
    server_started = pg_postmaster_start_time(), filenode = pg_relation_filenode(h.tableoid), database = ${DATABASE}
  FROM due WHERE h.partition = due.partition
  RETURNING h.partition, h.epoch, h.head
), emptied AS (
  DELETE FROM event_epochs e USING begun WHERE e.partition = begun.partition AND e.fork >= begun.head
)
INSERT INTO event_epochs (partition, epoch, fork) SELECT partition, epoch, head FROM begun`;

const BRANCHES = `
SELECT h.partition::integer AS partition, h.head, h.epoch AS latest, NOT ${SAME_RUN} AS due, e.epoch, e.fork
FROM event_heads h LEFT JOIN event_epochs e ON e.partition = h.partition
ORDER BY h.partition, e.fork, e.epoch`;

/** Bounds the check of a new connection, which the pool does not bound. */
const CHECK_TIMEOUT_MS = 5_000;

/** The database was restarted, or is another one than before. */
export class DatabaseReplacedError extends Error {
  // The code of a connection that the server ended, as the open connections got it.
  readonly code = '57P02';
}

class StandbyError extends Error {
  readonly code = '57P03';
}

type Executor = Pick<pg.Pool | pg.ClientBase, 'query'>;

/** Shared by every part that opens connections to the database. */
export interface DatabaseRun {
  /**
   * Called with each new connection before it serves. The first connection to another run of the database reads the
   * branch of the log, and fails. All other connections are then closed, wherever they lead.
   */
  connected(client: pg.ClientBase): Promise<void>;
  /**
   * Called when a connection is asked for; its result is called once there is one. That gives an error if a fork was
   * noticed in between: conclusions from before the fork no longer hold.
   */
  asked(): () => Error | null;
  /** Called in the turn in which a fork is noticed. Must not throw. @returns unsubscribes */
  onFork(listener: () => void): () => void;
  /**
   * Called when a connection broke that this process did not close: the server may have crashed. If only one of its
   * processes was killed, the server stays in the same run, but commits that did not wait for the disk may be lost.
   * Must not throw.
   */
  onBroken(listener: () => void): void;
}

export interface PostgresEpochs extends DatabaseRun {
  readonly epochs: LogEpochs;
  /** The last position of every partition; index = partition. Begins a due epoch, and reads those that others began. */
  heads(executor: Executor): Promise<readonly Position[]>;
  /** Partitions whose epoch is unknown or due are read anew. */
  current(
    executor: Executor,
    partition: Partition,
    stored: { readonly epoch: number; readonly same: boolean },
  ): Promise<void>;
  reached(partition: Partition, head: Position): void;
}

interface HeadRow {
  readonly partition: Partition;
  readonly head: number;
  readonly epoch: number;
  readonly same: boolean;
  readonly standby: boolean;
}

interface BranchRow {
  readonly partition: Partition;
  readonly head: number;
  /** The epoch of the next events of the partition, unless another one is due. */
  readonly latest: number;
  readonly due: boolean;
  readonly epoch: number | null;
  readonly fork: number | null;
}

/**
 * The branch of each partition, with the due epoch if there is one. A due epoch keeps its number until something
 * changes, so that it is noticed once.
 */
function branchesOf(rows: readonly BranchRow[]): ReadonlyMap<Partition, readonly EpochBegin[]> {
  const branches = new Map<Partition, EpochBegin[]>();
  for (const row of rows) {
    const { partition, head, latest, due } = row;
    const branch = branches.get(partition) ?? (due ? [{ epoch: epoch(latest + 1), fork: position(head) }] : []);
    branches.set(partition, branch);
    if (row.epoch === null || row.fork === null || (due && row.fork >= head)) continue;
    branch.splice(due ? -1 : branch.length, 0, { epoch: epoch(row.epoch), fork: position(row.fork) });
  }
  return branches;
}

export function postgresEpochs(options: LogEpochsOptions = {}): PostgresEpochs {
  /** The number of turns in which a fork was noticed. */
  let forks = 0;
  let isCounted = false;
  const epochs: KnownEpochs = createLogEpochs({
    forked(fork) {
      // Before the listeners run, and once for all partitions: connections that a listener asks for are not refused.
      if (!isCounted) forks++;
      isCounted = true;
      options.forked?.(fork);
    },
  });
  /** Null until the heads were read. */
  let run: string | null = null;
  /** Every open connection to this run. */
  const clients = new Set<pg.ClientBase>();
  const listeners = new Set<() => void>();
  const replaced = (): DatabaseReplacedError =>
    new DatabaseReplacedError('the database was restarted or replaced: ask again');

  const asked = (): (() => Error | null) => {
    const before = forks;
    return () => (forks === before ? null : replaced());
  };

  const askRun = async (executor: Executor): Promise<string> => {
    const { rows } = await executor.query<{ run: string; standby: boolean }>(RUN);
    if (rows[0]!.standby) throw standby();
    return rows[0]!.run;
  };

  const readBranches = async (executor: Executor): Promise<readonly BranchRow[]> =>
    (await executor.query<BranchRow>(BRANCHES)).rows;

  const learn = (rows: readonly BranchRow[]): void => {
    isCounted = false;
    for (const [partition, branch] of branchesOf(rows)) epochs.learn(partition, branch);
  };

  const begin = async (executor: Executor, [partition, of, seen]: readonly number[] = []): Promise<void> => {
    await executor.query(BEGIN, [partition ?? null, of ?? null, seen ?? null]);
    learn(await readBranches(executor));
  };

  /**
   * Reads the branch. A due epoch counts as begun even if the database takes no writes: it has no events, and the first
   * process that stores one begins it.
   */
  const learnBranch = async (executor: Executor): Promise<void> => {
    const rows = await readBranches(executor);
    if (!rows.some(({ due }) => due)) return learn(rows);
    try {
      await begin(executor);
    } catch {
      learn(await readBranches(executor));
    }
  };

  const ask = async (executor: Executor): Promise<readonly HeadRow[]> => {
    const { rows } = await executor.query<HeadRow>({ name: 'heads', text: HEADS });
    if (rows[0]?.standby) throw standby();
    return rows;
  };

  const isCurrent = ({ partition, epoch: of, same }: Pick<HeadRow, 'partition' | 'epoch' | 'same'>): boolean =>
    same && epochs.isKnown(partition) && epochs.current(partition) === of;

  return {
    epochs,

    async connected(client) {
      clients.add(client);
      client.once('end', () => clients.delete(client));
      client.once('error', () => {
        for (const listener of listeners) listener();
      });
      if (run === null) return;
      const refusal = asked();
      const timeout = setTimeout(() => cutOff(client), CHECK_TIMEOUT_MS);
      try {
        const found = await askRun(client);
        if (found !== run) {
          await learnBranch(client);
          run = found;
          // The old server may live on if only the address moved: its answers are no part of this log.
          for (const other of clients) if (other !== client) cutOff(other);
          throw replaced();
        }
      } finally {
        clearTimeout(timeout);
      }
      const refused = refusal();
      if (refused) throw refused;
    },

    asked,
    onFork: epochs.onFork,
    onBroken: (listener) => void listeners.add(listener),

    async heads(executor) {
      run ??= await askRun(executor);
      let rows = await ask(executor);
      if (!rows.every(isCurrent)) {
        await learnBranch(executor);
        rows = await ask(executor);
      }
      // The server is in the same run, but has less than before: this shows only by a later position that a client has
      // seen.
      for (const { partition, epoch: of, head } of rows) {
        if (epochs.current(partition) !== of || head >= epochs.last(partition)) continue;
        await begin(executor, [partition, of, epochs.last(partition)]);
      }
      for (const { partition, epoch: of, head } of rows)
        if (epochs.current(partition) === of) epochs.reached(partition, position(head));
      return rows.map(({ head }) => position(head));
    },

    async current(executor, partition, stored) {
      if (!isCurrent({ partition, ...stored })) await begin(executor);
    },

    reached: epochs.reached,
  };
}

/** A clean close would wait for an answer. */
export const cutOff = (client: pg.ClientBase): void =>
  (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection.stream.destroy();

const standby = (): StandbyError =>
  new StandbyError('the database is a standby that is not promoted: its address has to lead to the primary');
