import type pg from 'pg';
import type { Receipt } from '../domain/receipt.js';
import type { RecordedEvent } from '../domain/event.js';
import type { Offset } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { EventCatalog } from '../domain/event-catalog.js';
import type { Commit, CommitResult, CountedRecord, Outcome } from '../store/event-store.js';
import { SAME_RUN } from './epochs.js';
import { timedQuery } from './pool.js';
import { writeMark } from './log-mark.js';

/**
 * Whole decided batches of several partitions in one statement, hence one round trip and one transaction.
 *
 * In:  $1 queue; an entry for each batch in $2 partition, $3 from, $4 to, $5 published, $6 number of events, $7 epoch,
 *      $8 mark, $9 time of the last command;
 *      events as arrays $10 partition, $11 number within its batch … $20 at (position is base + number);
 *      receipts as arrays $21 partition, $22 command id … $31 number of events ($30: how many of its batch's events
 *      come up to and with this command's);
 *      snapshots as arrays $32 partition … $35 state; dead letters as arrays $36 source … $41 payload;
 *      in a queue that counts: receipts as array $42 (records of the same key behind this one in its batch), counted
 *      keys as arrays $43 partition, $44 key, $45 records in the batch.
 * Out: a row for each batch (base: the head before it, decided_at; counts by key), or none where the checkpoint does
 *      not stand at `from`, or the partition is in another epoch, or one is due: then the log may not be that on which
 *      the batch was decided.
 * Locks: the rows of the partitions in command_checkpoints, then those in event_heads in their order, since deciders of
 *      other queues have them in common; until the end of the statement.
 */
const commitText = (counts: boolean): string => `
WITH batch AS (
  SELECT * FROM unnest($2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::integer[], $7::bigint[],
    $8::text[], $9::timestamptz[])
    AS b (partition, "from", "to", published, events, epoch, mark, last_at)
), checkpoint AS (
  UPDATE command_checkpoints c
    SET next_offset = b."to", published_offset = b.published, mark = b.mark, last_at = b.last_at
  FROM batch b
  WHERE c.queue = $1 AND c.partition = b.partition AND c.next_offset = b."from"
    AND EXISTS (SELECT FROM event_heads h WHERE h.partition = b.partition AND h.epoch = b.epoch AND ${SAME_RUN})
  RETURNING b.partition, b.events
), held AS MATERIALIZED (
  SELECT h.partition, k.events FROM event_heads h JOIN checkpoint k ON k.partition = h.partition
  ORDER BY h.partition FOR UPDATE OF h
), head AS (
  UPDATE event_heads h SET head = h.head + held.events
  FROM held WHERE h.partition = held.partition
  RETURNING h.partition, h.head - held.events AS base, now() AS decided_at
)${counts ? COUNTED : ''}, stored_events AS (
  INSERT INTO events (partition, position, key, stream, version, type, schema, data, command_id, trace_id, at)
  SELECT e.partition, head.base + e.n, e.key, e.stream, e.version, e.type, e.schema, e.data, e.command_id, e.trace_id,
    e.at
  FROM unnest($10::smallint[], $11::integer[], $12::text[], $13::text[], $14::integer[], $15::text[], $16::smallint[],
    $17::jsonb[], $18::uuid[], $19::text[], $20::timestamptz[])
    AS e (partition, n, key, stream, version, type, schema, data, command_id, trace_id, at)
    JOIN head ON head.partition = e.partition
), stored_receipts AS (
  INSERT INTO receipts (command_id, fingerprint, user_id, trace_id, queue, key, partition, command_offset,
    rejection_code, rejection_message, position, events, decided_at${counts ? ', number' : ''})
  SELECT r.command_id, r.fingerprint, r.user_id, r.trace_id, $1, r.key, r.partition, r.command_offset,
    r.rejection_code, r.rejection_message, head.base + r.upto, r.events,
    head.decided_at${counts ? ', counted.decided - r.later' : ''}
  FROM unnest($21::smallint[], $22::uuid[], $23::text[], $24::text[], $25::text[], $26::text[], $27::bigint[],
    $28::text[], $29::text[], $30::integer[], $31::integer[]${counts ? ', $42::integer[]' : ''})
    AS r (partition, command_id, fingerprint, user_id, trace_id, key, command_offset, rejection_code,
      rejection_message, upto, events${counts ? ', later' : ''})
    JOIN head ON head.partition = r.partition${counts ? '\n    LEFT JOIN counted ON counted.key = r.key' : ''}
  ORDER BY r.command_id
), stored_snapshots AS (
  INSERT INTO snapshots (stream, version, state)
  SELECT s.stream, s.version, s.state FROM unnest($32::smallint[], $33::text[], $34::integer[], $35::jsonb[])
    AS s (partition, stream, version, state) JOIN head ON head.partition = s.partition
  ON CONFLICT (stream) DO UPDATE SET version = excluded.version, state = excluded.state
    WHERE snapshots.version < excluded.version
), stored_dead_letters AS (
  INSERT INTO dead_letters (source, partition, place, key, reason, payload)
  SELECT d.source, d.partition, d.place, d.key, d.reason, d.payload
  FROM unnest($36::text[], $37::smallint[], $38::bigint[], $39::text[], $40::text[], $41::text[])
    AS d (source, partition, place, key, reason, payload) JOIN head ON head.partition = d.partition
  ON CONFLICT DO NOTHING
)
SELECT partition::integer AS partition, base,
  decided_at${counts ? ', (SELECT json_object_agg(key, decided) FROM counted) AS counts' : ''} FROM head`;

/** The number of decided commands of each key. Locks: their rows in command_counts, until the end of the statement. */
const COUNTED = `, counted AS (
  INSERT INTO command_counts (queue, key, decided)
  SELECT split_part($1, ':', 2), c.key, c.more
  FROM unnest($43::smallint[], $44::text[], $45::integer[]) AS c (partition, key, more)
    JOIN head ON head.partition = c.partition
  ON CONFLICT (queue, key) DO UPDATE SET decided = command_counts.decided + excluded.decided
  RETURNING key, decided
)`;

const COMMIT = { name: 'commit-batches', text: commitText(false) };
/** For a queue that counts: a statement of its own, so that the others do not pay for it. */
const COMMIT_COUNTED = { name: 'commit-counted-batches', text: commitText(true) };

interface CommitRow {
  readonly partition: number;
  readonly base: number;
  readonly decided_at: Date;
  readonly counts?: Readonly<Record<string, number>> | null;
}

interface PlacedOutcome {
  readonly outcome: Outcome;
  /** How many of the batch's events come up to and with this command's. */
  readonly upto: number;
  /** Counted records of the same key behind it in the batch. */
  readonly later: number;
}

type Offsets = ReadonlyMap<string, readonly Offset[]>;

interface PlacedCommit {
  readonly commit: Commit;
  readonly counted: Offsets;
  readonly outcomes: readonly PlacedOutcome[];
}

function byKey(records: readonly CountedRecord[]): Offsets {
  const offsets = new Map<string, Offset[]>();
  for (const { key, offset } of records) {
    const known = offsets.get(key);
    if (known) known.push(offset);
    else offsets.set(key, [offset]);
  }
  return offsets;
}

function place(outcomes: readonly Outcome[], counted: Offsets): readonly PlacedOutcome[] {
  let upto = 0;
  const seen = new Map<string, number>();
  return outcomes.map((outcome) => {
    const offsets = counted.get(outcome.key) ?? [];
    let next = seen.get(outcome.key) ?? 0;
    while (next < offsets.length && offsets[next]! <= outcome.offset) next++;
    seen.set(outcome.key, next);
    return { outcome, upto: (upto += outcome.events.length), later: offsets.length - next };
  });
}

/** An array in PostgreSQL's own notation: the driver would search each number for quotes. */
const numbers = (values: readonly number[]): string => `{${values.join(',')}}`;

function parameters(catalog: EventCatalog, queue: string, placed: readonly PlacedCommit[]): unknown[] {
  const commits = placed.map(({ commit }) => commit);
  const receipts = placed.flatMap(({ commit, outcomes }) =>
    outcomes.map(({ outcome, upto }) => ({ ...outcome, partition: commit.partition, upto })),
  );
  const events = receipts.flatMap(({ partition, upto, key, commandId, traceId, at, events: own }) =>
    own.map((event, index) => ({
      ...event,
      partition,
      n: upto - own.length + index + 1,
      key,
      commandId,
      traceId,
      at: at.toISOString(),
    })),
  );
  const snapshots = commits.flatMap((commit) =>
    commit.snapshots.map((snapshot) => ({ ...snapshot, partition: commit.partition })),
  );
  const deadLetters = commits.flatMap((commit) => commit.deadLetters);
  return [
    queue,
    numbers(commits.map(({ partition }) => partition)),
    numbers(commits.map(({ from }) => from)),
    numbers(commits.map(({ to }) => to)),
    numbers(commits.map(({ published }) => published)),
    numbers(placed.map(({ outcomes }) => outcomes.at(-1)?.upto ?? 0)),
    numbers(commits.map(({ epoch }) => epoch)),
    commits.map(({ mark, to }) => writeMark(mark ?? null, to)),
    commits.map(({ lastAt }) => lastAt?.toISOString() ?? null),
    numbers(events.map(({ partition }) => partition)),
    numbers(events.map(({ n }) => n)),
    events.map(({ key }) => key),
    events.map(({ stream }) => stream),
    numbers(events.map(({ version }) => version)),
    events.map(({ event }) => event.type),
    numbers(events.map(({ event }) => catalog.schemaVersion(event.type))),
    events.map(({ event }) => JSON.stringify(event.data)),
    events.map(({ commandId }) => commandId),
    events.map(({ traceId }) => traceId),
    events.map(({ at }) => at),
    numbers(receipts.map(({ partition }) => partition)),
    receipts.map(({ commandId }) => commandId),
    receipts.map(({ fingerprint }) => fingerprint),
    receipts.map(({ userId }) => userId),
    receipts.map(({ traceId }) => traceId),
    receipts.map(({ key }) => key),
    numbers(receipts.map(({ offset }) => offset)),
    receipts.map(({ rejection }) => rejection?.code ?? null),
    receipts.map(({ rejection }) => rejection?.message ?? null),
    numbers(receipts.map(({ upto }) => upto)),
    numbers(receipts.map((outcome) => outcome.events.length)),
    numbers(snapshots.map(({ partition }) => partition)),
    snapshots.map(({ stream }) => stream),
    numbers(snapshots.map(({ version }) => version)),
    snapshots.map(({ state }) => JSON.stringify(state)),
    deadLetters.map(({ source }) => source),
    numbers(deadLetters.map(({ partition }) => partition)),
    numbers(deadLetters.map(({ place: at }) => at)),
    deadLetters.map(({ key }) => key),
    deadLetters.map(({ reason }) => reason),
    deadLetters.map(({ payload }) => payload),
  ];
}

function countedParameters(placed: readonly PlacedCommit[]): unknown[] {
  const keys = placed.flatMap(({ commit: { partition }, counted }) =>
    [...counted].map(([key, { length }]) => ({ partition, key, length })),
  );
  return [
    numbers(placed.flatMap(({ outcomes }) => outcomes.map(({ later }) => later))),
    numbers(keys.map(({ partition }) => partition)),
    keys.map(({ key }) => key),
    numbers(keys.map(({ length }) => length)),
  ];
}

/**
 * Stores decided batches of one queue, each of another partition: those whose checkpoint stands where they begin. See
 * {@link CommitResult} for what can stand in the way of one.
 * @throws the database's error, with nothing stored
 */
export async function commitBatches(
  pool: pg.Pool,
  catalog: EventCatalog,
  commits: readonly Commit[],
): Promise<readonly CommitResult[]> {
  const placed = commits.map((commit): PlacedCommit => {
    const counted = byKey(commit.counted ?? []);
    return { commit, counted, outcomes: place(commit.outcomes, counted) };
  });
  const counts = placed.some(({ counted }) => counted.size > 0);
  const { result, waitMs, queryMs } = await timedQuery<CommitRow>(pool, {
    ...(counts ? COMMIT_COUNTED : COMMIT),
    values: [...parameters(catalog, commits[0]!.queue, placed), ...(counts ? countedParameters(placed) : [])],
  });
  const rows = new Map(result.rows.map((row) => [row.partition, row]));
  return placed.map(({ commit, outcomes }) => {
    const row = rows.get(commit.partition);
    if (!row) return { status: 'superseded' };
    return {
      status: 'committed',
      batch: decidedBatch(commit, outcomes, row),
      timing: { waitMs, commitMs: queryMs },
    };
  });
}

function decidedBatch(commit: Commit, placed: readonly PlacedOutcome[], row: CommitRow) {
  const { base, decided_at: decidedAt, counts } = row;
  const { queue, partition, epoch } = commit;
  const events: RecordedEvent[] = [];
  const receipts: Receipt[] = [];
  for (const { outcome, upto, later } of placed) {
    const { commandId, key, traceId, span, at } = outcome;
    for (const { stream, version, event } of outcome.events) {
      const recorded: RecordedEvent = {
        partition,
        position: position(base + events.length + 1),
        key,
        stream,
        version,
        event,
        commandId,
        traceId,
        at,
      };
      events.push(span === undefined ? recorded : { ...recorded, span });
    }
    receipts.push({
      commandId,
      fingerprint: outcome.fingerprint,
      userId: outcome.userId,
      traceId,
      queue,
      key,
      partition,
      offset: outcome.offset,
      rejection: outcome.rejection,
      position: position(base + upto),
      events: outcome.events.length,
      decidedAt,
      ...(counts && key in counts ? { number: counts[key]! - later } : {}),
    });
  }
  return { partition, epoch, head: position(base + events.length), events, receipts };
}
