import type pg from 'pg';
import type { Partition, Position } from '../domain/ids.js';
import { epoch, position } from '../domain/ids.js';
import type { EpochBegin, KnownEpochs, LogEpochsOptions } from '../log/known-epochs.js';
import { createLogEpochs } from '../log/known-epochs.js';
import type { LogEpochs } from '../log/log-epochs.js';

/** Asked once a statement. */
const DATABASE = '(SELECT oid FROM pg_database WHERE datname = current_database())';

/**
 * True while the row `h` of event_heads was last written by this run of this server, in this very database and table. A
 * server that was restarted, promoted, restored or set back has started since; a dump that was restored into a running
 * one has made the table anew; a copy of a database (CREATE DATABASE … TEMPLATE) has the tables of its original, and
 * another oid. Nobody stores an event where it is false: a new epoch is begun first. VACUUM FULL of event_heads makes
 * it false as well, and costs what a restart costs: by the oid of the table, which stays, TRUNCATE and a restored dump
 * would not be seen.
 */
export const SAME_RUN = `(h.server_started = pg_postmaster_start_time()
  AND h.filenode = pg_relation_filenode(h.tableoid) AND h.database = ${DATABASE}) IS TRUE`;

/** In the order of the partitions. */
const HEADS =
  `SELECT h.partition::integer AS partition, h.head, h.epoch, ${SAME_RUN} AS same, ` +
  'pg_is_in_recovery() AS standby FROM event_heads h ORDER BY h.partition';

/** Which run of which server this is. `known` is null before the first migration. */
const RUN = `
SELECT concat_ws('/', (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint,
  pg_relation_filenode(to_regclass('event_heads')), ${DATABASE}) AS run,
  pg_is_in_recovery() AS standby`;

/**
 * Begins a new epoch in every partition that another run of the server wrote last, and in $1 where its epoch is $2 and
 * its head below $3: there somebody has seen more. An epoch that stored nothing is taken out: no position is of it.
 *
 * It waits for no standby, since reads wait for it: who is told of an event of this epoch waits for the standby, which
 * then has the epoch, too; and where the standby is promoted without it, another one begins there.
 * Locks: the rows of event_heads, in their order, and not for long.
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

/** Waits for no standby either: there is one for each partition, and reads need the connections. */
const LOST = `
WITH bounded AS (SELECT set_config('synchronous_commit', 'local', true))
UPDATE event_epochs SET lost_to = greatest(lost_to, $3) FROM bounded WHERE partition = $1 AND epoch = $2`;

/** For what a new connection is asked before it serves, which the pool does not bound. */
const CHECK_TIMEOUT_MS = 5_000;

/** The database is another one than that which was asked before, or was restarted. */
export class DatabaseReplacedError extends Error {
  // As if the connection had ended under the statement, which is what befell those that were open.
  readonly code = '57P02';
}

class StandbyError extends Error {
  readonly code = '57P03';
}

type Executor = Pick<pg.Pool | pg.ClientBase, 'query'>;

/** For everything that opens connections to the database. */
export interface DatabaseRun {
  /**
   * Called with each new connection before it serves. The first one to another run of the database learns which branch
   * of the log it has, and fails. The others then end, wherever they lead.
   */
  connected(client: pg.ClientBase): Promise<void>;
  /**
   * Called when a connection is asked for; what it returns, when there is one. That is an error where a fork was learnt
   * of in between: what was known of the log when it was asked for is no longer true.
   */
  asked(): () => Error | null;
  /** Called in the turn in which a fork is learnt of. Must not throw. Returns how to stop hearing. */
  onFork(listener: () => void): () => void;
  /**
   * Called when a connection has broken that nobody here has ended: the server may have crashed. Where it then lives
   * on, as it does where one of its processes was killed, that is no other run; what was committed without waiting for
   * the disk may be lost all the same. Must not throw.
   */
  onBroken(listener: () => void): void;
}

export interface PostgresEpochs extends DatabaseRun {
  readonly epochs: LogEpochs;
  /**
   * The last position of every partition; index = partition. Begins a new epoch where one is due, and learns of those
   * that others began.
   */
  heads(executor: Executor): Promise<readonly Position[]>;
  /** Partitions of an epoch that is not known yet, or in which one is due, are asked for anew. */
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
  /** The epoch in which the partition's next events are stored, unless another one is due. */
  readonly latest: number;
  readonly due: boolean;
  readonly epoch: number | null;
  readonly fork: number | null;
}

/**
 * The branch of each partition; with the epoch that is due, where one is. That has the same number for as long as
 * nothing changes, so that it is learnt of once.
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
  /** Turns in which a fork was learnt of. */
  let forks = 0;
  let isCounted = false;
  const epochs: KnownEpochs = createLogEpochs({
    forked(fork) {
      // Before anybody hears of it, and once for all partitions: what is asked for on hearing of it is not refused.
      if (!isCounted) forks++;
      isCounted = true;
      options.forked?.(fork);
    },
  });
  /** Null until the heads were read once. */
  let run: string | null = null;
  /** Every open connection that is known to be one. */
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
   * Learns the branch for those who read: where an epoch is due and the database takes no writes, it is known as if it
   * had begun. Nothing is of it, and whoever stores something begins it first.
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
          // The old server may live on, where only the address moved: what is asked there is no part of this log.
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
      // The server says that it is the same, and has less than it had: only somebody who has seen more can tell.
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

/** A clean end would wait for an answer. */
export const cutOff = (client: pg.ClientBase): void =>
  (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection.stream.destroy();

const standby = (): StandbyError =>
  new StandbyError('the database is a standby that is not promoted: its address has to lead to the primary');

/** Notes what is known to be lost, for operators. */
export async function noteLost(
  executor: Executor,
  fork: { readonly partition: Partition; readonly epoch: number; readonly lostTo: Position },
): Promise<void> {
  await executor.query(LOST, [fork.partition, fork.epoch, fork.lostTo]);
}
