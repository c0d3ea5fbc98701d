import { NOT_YET } from '../domain/receipt.js';
import type pg from 'pg';
import type { EventCatalog } from '../domain/event-catalog.js';
import type { LogEntry, RecordedEvent } from '../domain/event.js';
import type { StreamId } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import type { EventStore, LoadedStream } from '../store/event-store.js';
import { commitBatches } from './commit.js';
import { createCommitGroups } from './commit-group.js';
import type { EventRow, FoldedRow, OutcomeRow, ReceiptRow } from './event-rows.js';
import type { PostgresEpochs } from './epochs.js';
import { SAME_RUN, postgresEpochs } from './epochs.js';
import {
  EVENT_COLUMNS,
  FOLDED_COLUMNS,
  OUTCOME_EVENT_COLUMNS,
  RECEIPT_COLUMNS,
  entryOf,
  eventOf,
  foldedOf,
  outcomesOf,
  receiptOf,
} from './event-rows.js';
import { readMark } from './log-mark.js';

/**
 * The snapshot of each stream, if it has one, and the events after it: a row per event, or one row without an event.
 * Only the first row has the state. In: $1 streams.
 */
const STREAMS = `
SELECT wanted.stream AS of, s.version AS snapshot,
  CASE WHEN e.version > s.version + 1 THEN NULL ELSE s.state END AS state, ${EVENT_COLUMNS}
FROM unnest($1::text[]) AS wanted (stream)
LEFT JOIN snapshots s ON s.stream = wanted.stream
LEFT JOIN events e ON e.stream = wanted.stream AND e.version > coalesce(s.version, 0)
ORDER BY wanted.stream, e.version`;

/** Without an event, the event columns are null. */
interface StreamRow extends Omit<EventRow, 'position'> {
  readonly of: StreamId;
  readonly snapshot: number | null;
  readonly state: unknown;
  readonly position: number | null;
}

/**
 * A row for each event of a command, and one row for a command without events. The limit is far above the events of one
 * command; it makes the planner look up each range, where a plain join may read the whole table.
 */
const OUTCOMES = `
SELECT ${RECEIPT_COLUMNS}, e.*
FROM receipts r
LEFT JOIN LATERAL (
  SELECT ${OUTCOME_EVENT_COLUMNS} FROM events e
  WHERE e.partition = r.partition AND e.position > r.position - r.events AND e.position <= r.position
  ORDER BY e.position LIMIT 100
) AS e ON r.events > 0
WHERE r.command_id = ANY($1::uuid[]) ORDER BY r.command_id, e.event_position`;

/** In: $1 queue, $2 keys, $3 the partition of each. */
const DECIDED_COUNTS = `
SELECT asked.key, coalesce(c.decided, 0) AS decided, coalesce(p.next_offset, 0) AS next
FROM unnest($2::text[], $3::smallint[]) AS asked (key, partition)
LEFT JOIN command_counts c ON c.queue = split_part($1, ':', 2) AND c.key = asked.key
LEFT JOIN command_checkpoints p ON p.queue = $1 AND p.partition = asked.partition`;

const DECIDED_FROM = `
SELECT ${RECEIPT_COLUMNS} FROM receipts r
WHERE r.queue = $1 AND r.partition = $2 AND r.command_offset >= $3 ORDER BY r.command_offset LIMIT $4`;

/**
 * In: $1 queue, $2 command ids, $3 the offset of each when it came again. A decider that lost the partition deletes
 * none of a later try.
 */
const WITHDRAW = `
DELETE FROM receipts r USING unnest($2::uuid[], $3::bigint[]) AS again (command_id, before)
WHERE r.command_id = ANY($2::uuid[]) AND r.command_id = again.command_id
  AND r.queue = $1 AND r.command_offset < again.before
  AND r.rejection_code = '${NOT_YET}'`;

const page = (where: string, order: string, columns = EVENT_COLUMNS): string =>
  `SELECT ${columns} FROM events e WHERE ${where} ORDER BY ${order} LIMIT $1`;

const PARTITION = page('e.partition = $2 AND e.position > $3', 'e.position');
const RANGE = page(
  'e.partition = $2 AND e.position > $3 AND e.position <= $4 AND e.type <> ALL($5::text[])',
  'e.position',
  FOLDED_COLUMNS,
);
const PARTITION_BACK = page('e.partition = $2 AND e.position < $3', 'e.position DESC');
const POSITIONS =
  `SELECT ${EVENT_COLUMNS} FROM events e WHERE e.partition = $1 ` +
  'AND e.position = ANY($2::bigint[]) ORDER BY e.position';
const KEY = page('e.key = $2 AND e.position > $3 AND e.partition = $4', 'e.position');
const KEY_BACK = page('e.key = $2 AND e.position < $3 AND e.partition = $4', 'e.position DESC');
const STREAM = page('e.stream = $2 AND e.version > $3', 'e.version');

/** Inserts the checkpoint if there is none. In: $1 queue, $2 partition. */
const CHECKPOINT = `
WITH checkpoint AS (
  INSERT INTO command_checkpoints (queue, partition) VALUES ($1, $2)
  ON CONFLICT (queue, partition) DO UPDATE SET queue = excluded.queue
    RETURNING next_offset, published_offset, mark, last_at
)
SELECT next_offset, published_offset, mark, checkpoint.last_at, h.epoch, ${SAME_RUN} AS same
  FROM checkpoint, event_heads h WHERE h.partition = $2`;

interface CheckpointRow {
  readonly next_offset: number;
  readonly published_offset: number;
  readonly mark: string | null;
  readonly last_at: Date | null;
  readonly epoch: number;
  readonly same: boolean;
}

/**
 * The event store in PostgreSQL. The caller owns the pool and closes it.
 * @param known shared with the `connected` hook of the pool, and with every other pool of the process that reads or
 * writes the log or data derived from it
 */
export function postgresEventStore(
  pool: pg.Pool,
  catalog: EventCatalog,
  known: PostgresEpochs = postgresEpochs(),
): EventStore {
  const events = async (name: string, text: string, values: readonly unknown[]): Promise<readonly RecordedEvent[]> => {
    const { rows } = await pool.query<EventRow>({ name, text, values: [...values] });
    return rows.map((row) => eventOf(catalog, row));
  };
  const entries = async (name: string, text: string, values: readonly unknown[]): Promise<readonly LogEntry[]> => {
    const { rows } = await pool.query<EventRow>({ name, text, values: [...values] });
    return rows.map((row) => entryOf(catalog, row));
  };

  const commitInGroups = createCommitGroups((commits) => commitBatches(pool, catalog, commits));

  return {
    catalog,
    epochs: known.epochs,

    async checkpoint(queue, partition) {
      const ask = async (): Promise<CheckpointRow> =>
        (await pool.query<CheckpointRow>(CHECKPOINT, [queue, partition])).rows[0]!;
      let row = await ask();
      await known.current(pool, partition, row);
      const current = known.epochs.current(partition);
      // The row must be of the epoch that is returned: a row read before the epoch began may be lost.
      if (row.epoch !== current || !row.same) row = await ask();
      const next = offset(row.next_offset);
      return {
        epoch: current,
        next,
        published: offset(row.published_offset),
        mark: readMark(row.mark, next),
        lastAt: row.last_at,
      };
    },

    async decidedUpTo(queue) {
      const { rows } = await pool.query<{ partition: number; next_offset: number }>({
        name: 'decided-up-to',
        text: 'SELECT partition, next_offset FROM command_checkpoints WHERE queue = $1',
        values: [queue],
      });
      const next = Array.from({ length: Math.max(-1, ...rows.map(({ partition }) => partition)) + 1 }, () => offset(0));
      for (const { partition, next_offset: at } of rows) next[partition] = offset(at);
      return next;
    },

    async decidedCounts(queue, keys) {
      const { rows } = await pool.query<{ key: string; decided: number; next: number }>({
        name: 'decided-counts',
        text: DECIDED_COUNTS,
        values: [queue, keys.map(({ key }) => key), keys.map(({ partition }) => partition)],
      });
      return new Map(rows.map(({ key, decided, next }) => [key, { decided, next: offset(next) }]));
    },

    async timeAhead(queue) {
      const { rows } = await pool.query<{ partition: number; ms: number }>({
        name: 'time-ahead',
        text:
          'SELECT partition, extract(epoch FROM last_at - clock_timestamp())::float8 * 1000 AS ms ' +
          'FROM command_checkpoints WHERE queue = $1 AND last_at IS NOT NULL',
        values: [queue],
      });
      return new Map(rows.map(({ partition, ms }) => [partition, ms]));
    },

    async loadStreams(streams) {
      const { rows } = await pool.query<StreamRow>({ name: 'load-streams', text: STREAMS, values: [streams] });
      const rowsOf = byStream(rows);
      return new Map(streams.map((stream) => [stream, loadedStream(catalog, rowsOf.get(stream) ?? [])]));
    },

    async receipts(commandIds) {
      if (commandIds.length === 0) return new Map();
      const { rows } = await pool.query<ReceiptRow>({
        name: 'receipts',
        text: `SELECT ${RECEIPT_COLUMNS} FROM receipts r WHERE r.command_id = ANY($1::uuid[])`,
        values: [commandIds],
      });
      return new Map(rows.map(receiptOf).map((receipt) => [receipt.commandId, receipt]));
    },

    async outcomes(commandIds) {
      if (commandIds.length === 0) return new Map();
      const { rows } = await pool.query<OutcomeRow>({ name: 'outcomes', text: OUTCOMES, values: [commandIds] });
      return outcomesOf(catalog, rows);
    },

    async commit(commit) {
      const result = await commitInGroups(commit);
      if (result.status === 'committed' && known.epochs.current(commit.partition) === commit.epoch)
        known.reached(commit.partition, result.batch.head);
      return result;
    },

    async withdraw(queue, receipts) {
      await pool.query(WITHDRAW, [
        queue,
        receipts.map(({ commandId }) => commandId),
        receipts.map(({ before }) => before),
      ]);
    },

    async decidedFrom(queue, partition, from, limit) {
      // Read before the events: if the log forks meanwhile, followers see an old epoch and ask the event store.
      const epoch = known.epochs.current(partition);
      const { rows } = await pool.query<ReceiptRow>({
        name: 'decided-from',
        text: DECIDED_FROM,
        values: [queue, partition, from, limit],
      });
      const receipts = rows.map(receiptOf);
      const last = receipts.at(-1);
      if (!last) return null;
      const positions = receipts.flatMap((receipt) =>
        Array.from({ length: receipt.events }, (_, n) => receipt.position - n),
      );
      const found = await events('read-positions', POSITIONS, [partition, positions]);
      return { partition, epoch, head: last.position, events: found, receipts };
    },

    async markPublished(queue, partition, published) {
      await pool.query(
        'UPDATE command_checkpoints SET published_offset = greatest(published_offset, least($3, next_offset)) ' +
          'WHERE queue = $1 AND partition = $2',
        [queue, partition, published],
      );
    },

    heads: () => known.heads(pool),

    readEntries: (partition, after, limit) => entries('read-partition', PARTITION, [limit, partition, after]),
    readKeyEntries: (partition, key, after, limit) => entries('read-key', KEY, [limit, key, after, partition]),
    readKeyEntriesBack: (partition, key, before, limit) =>
      entries('read-key-back', KEY_BACK, [limit, key, before ?? Number.MAX_SAFE_INTEGER, partition]),
    readPartition: (partition, after, limit) => events('read-partition', PARTITION, [limit, partition, after]),
    async readRange(partition, after, upTo, without, limit) {
      const { rows } = await pool.query<unknown[]>({
        name: 'read-range',
        text: RANGE,
        values: [limit, partition, after, upTo, without],
        rowMode: 'array',
      });
      return rows.map((row) => foldedOf(catalog, partition, row as unknown as FoldedRow));
    },
    readPartitionBack: (partition, before, limit) =>
      events('read-partition-back', PARTITION_BACK, [limit, partition, before]),
    readPositions: (partition, positions) => events('read-positions', POSITIONS, [partition, positions]),
    readKey: (partition, key, after, limit) => events('read-key', KEY, [limit, key, after, partition]),
    readStream: (stream, after, limit) => events('read-stream', STREAM, [limit, stream, after]),
  };
}

function loadedStream(catalog: EventCatalog, rows: readonly StreamRow[]): LoadedStream {
  const [first] = rows;
  const snapshot = first && first.snapshot !== null ? { version: first.snapshot, state: first.state } : null;
  const events = rows.flatMap((row) => (row.position === null ? [] : [eventOf(catalog, row as EventRow)]));
  return { snapshot, events, version: (snapshot?.version ?? 0) + events.length };
}

function byStream(rows: readonly StreamRow[]): ReadonlyMap<StreamId, readonly StreamRow[]> {
  const streams = new Map<StreamId, StreamRow[]>();
  for (const row of rows) {
    const known = streams.get(row.of);
    if (known) known.push(row);
    else streams.set(row.of, [row]);
  }
  return streams;
}
