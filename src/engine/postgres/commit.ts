import type pg from 'pg';
import type { Receipt } from '../domain/receipt.js';
import type { RecordedEvent } from '../domain/event.js';
import type { Offset } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { EventCatalog } from '../domain/event-catalog.js';
import type { Commit, CommitResult, CountedRecord, Outcome } from '../store/event-store.js';
import { SAME_RUN } from './epochs.js';
import { violatedConstraint } from './errors.js';
import { timedQuery } from './pool.js';
import { writeMark } from './log-mark.js';

/**
 * A whole decided batch in one statement, hence one round trip and one transaction.
 *
 * In:  $1 queue, $2 partition, $3 from, $4 to, $5 published, $6 number of events;
 *      events as arrays $7 key … $15 at (position is base + ordinality);
 *      receipts as arrays $16 command id … $25 number of events ($24: how many of the batch's events come up to and
 *      with this command's);
 *      snapshots as arrays $26 stream … $28 state; dead letters as arrays $29 source … $34 payload;
 *      $35 epoch, $36 mark, $37 time of the last command; in a queue that counts: receipts as array $38 (records of the
 *      same key behind this one in the batch), counted keys as arrays $39 key, $40 records in the batch.
 * Out: one row (base: the head before the batch, decided_at; counts by key), or no row where the checkpoint does not
 *      stand at `from`, or the partition is in another epoch, or one is due: then the log may not be that on which the
 *      batch was decided.
 * Locks: the partition's row in command_checkpoints, then its row in event_heads, until the end of the statement.
 */
const commitText = (counts: boolean): string => `
WITH checkpoint AS (
  UPDATE command_checkpoints
    SET next_offset = $4::bigint, published_offset = $5::bigint, mark = $36::text, last_at = $37::timestamptz
  WHERE queue = $1 AND partition = $2::smallint AND next_offset = $3::bigint
    AND EXISTS (SELECT FROM event_heads h WHERE h.partition = $2::smallint AND h.epoch = $35::bigint AND ${SAME_RUN})
  RETURNING 1
), head AS (
  UPDATE event_heads SET head = head + $6::integer
  WHERE partition = $2::smallint AND EXISTS (SELECT FROM checkpoint)
  RETURNING head - $6::integer AS base, now() AS decided_at
)${counts ? COUNTED : ''}, stored_events AS (
  INSERT INTO events (partition, position, key, stream, version, type, schema, data, command_id, trace_id, at)
  SELECT $2::smallint, head.base + e.n, e.key, e.stream, e.version, e.type, e.schema, e.data, e.command_id, e.trace_id,
    e.at
  FROM head, unnest($7::text[], $8::text[], $9::integer[], $10::text[], $11::smallint[], $12::jsonb[], $13::uuid[],
    $14::text[], $15::timestamptz[])
    WITH ORDINALITY AS e (key, stream, version, type, schema, data, command_id, trace_id, at, n)
), stored_receipts AS (
  INSERT INTO receipts (command_id, fingerprint, user_id, trace_id, queue, key, partition, command_offset,
    rejection_code, rejection_message, position, events, decided_at${counts ? ', number' : ''})
  SELECT r.command_id, r.fingerprint, r.user_id, r.trace_id, $1, r.key, $2::smallint, r.command_offset,
    r.rejection_code, r.rejection_message, head.base + r.upto, r.events,
    head.decided_at${counts ? ', counted.decided - r.later' : ''}
  FROM head, unnest($16::uuid[], $17::text[], $18::text[], $19::text[], $20::text[], $21::bigint[], $22::text[],
    $23::text[], $24::integer[], $25::integer[]${counts ? ', $38::integer[]' : ''})
    AS r (command_id, fingerprint, user_id, trace_id, key, command_offset, rejection_code, rejection_message, upto,
      events${counts ? ', later' : ''})${counts ? '\n    LEFT JOIN counted ON counted.key = r.key' : ''}
  ORDER BY r.command_id
), stored_snapshots AS (
  INSERT INTO snapshots (stream, version, state)
  SELECT s.stream, s.version, s.state FROM head, unnest($26::text[], $27::integer[], $28::jsonb[])
    AS s (stream, version, state)
  ON CONFLICT (stream) DO UPDATE SET version = excluded.version, state = excluded.state
    WHERE snapshots.version < excluded.version
), stored_dead_letters AS (
  INSERT INTO dead_letters (source, partition, place, key, reason, payload)
  SELECT d.source, d.partition, d.place, d.key, d.reason, d.payload
  FROM head, unnest($29::text[], $30::smallint[], $31::bigint[], $32::text[], $33::text[], $34::text[])
    AS d (source, partition, place, key, reason, payload)
  ON CONFLICT DO NOTHING
)
SELECT base, decided_at${counts ? ', (SELECT json_object_agg(key, decided) FROM counted) AS counts' : ''} FROM head`;

/** The number of decided commands of each key. Locks: their rows in command_counts, until the end of the statement. */
const COUNTED = `, counted AS (
  INSERT INTO command_counts (queue, key, decided)
  SELECT split_part($1, ':', 2), c.key, c.more FROM head, unnest($39::text[], $40::integer[]) AS c (key, more)
  ON CONFLICT (queue, key) DO UPDATE SET decided = command_counts.decided + excluded.decided
  RETURNING key, decided
)`;

const COMMIT = { name: 'commit-batch', text: commitText(false) };
/** For a queue that counts: a statement of its own, so that the others do not pay for it. */
const COMMIT_COUNTED = { name: 'commit-counted-batch', text: commitText(true) };

interface CommitRow {
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

function parameters(catalog: EventCatalog, commit: Commit, placed: readonly PlacedOutcome[]): unknown[] {
  const events = commit.outcomes.flatMap((outcome) => outcome.events.map((event) => ({ outcome, ...event })));
  const receipts = placed.map(({ outcome }) => outcome);
  const { snapshots, deadLetters } = commit;
  return [
    commit.queue,
    commit.partition,
    commit.from,
    commit.to,
    commit.published,
    events.length,
    events.map(({ outcome }) => outcome.key),
    events.map(({ stream }) => stream),
    events.map(({ version }) => version),
    events.map(({ event }) => event.type),
    events.map(({ event }) => catalog.schemaVersion(event.type)),
    events.map(({ event }) => JSON.stringify(event.data)),
    events.map(({ outcome }) => outcome.commandId),
    events.map(({ outcome }) => outcome.traceId),
    events.map(({ outcome }) => outcome.at.toISOString()),
    receipts.map(({ commandId }) => commandId),
    receipts.map(({ fingerprint }) => fingerprint),
    receipts.map(({ userId }) => userId),
    receipts.map(({ traceId }) => traceId),
    receipts.map(({ key }) => key),
    receipts.map(({ offset }) => offset),
    receipts.map(({ rejection }) => rejection?.code ?? null),
    receipts.map(({ rejection }) => rejection?.message ?? null),
    placed.map(({ upto }) => upto),
    receipts.map((outcome) => outcome.events.length),
    snapshots.map(({ stream }) => stream),
    snapshots.map(({ version }) => version),
    snapshots.map(({ state }) => JSON.stringify(state)),
    deadLetters.map(({ source }) => source),
    deadLetters.map(({ partition }) => partition),
    deadLetters.map(({ place: at }) => at),
    deadLetters.map(({ key }) => key),
    deadLetters.map(({ reason }) => reason),
    deadLetters.map(({ payload }) => payload),
    commit.epoch,
    writeMark(commit.mark ?? null, commit.to),
    commit.lastAt?.toISOString() ?? null,
  ];
}

/** Stores a decided batch, all or nothing. See {@link CommitResult} for what can stand in its way. */
export async function commitBatch(pool: pg.Pool, catalog: EventCatalog, commit: Commit): Promise<CommitResult> {
  const counted = byKey(commit.counted ?? []);
  const placed = place(commit.outcomes, counted);
  const values = parameters(catalog, commit, placed);
  if (counted.size > 0)
    values.push(
      placed.map(({ later }) => later),
      [...counted.keys()],
      Array.from(counted.values(), ({ length }) => length),
    );
  try {
    const statement = counted.size > 0 ? COMMIT_COUNTED : COMMIT;
    const { result, waitMs, queryMs } = await timedQuery<CommitRow>(pool, { ...statement, values });
    const row = result.rows[0];
    if (!row) return { status: 'superseded' };
    return {
      status: 'committed',
      batch: decidedBatch(commit, placed, row),
      timing: { waitMs, commitMs: queryMs },
    };
  } catch (error) {
    switch (violatedConstraint(error)) {
      case 'receipts_pkey':
        return { status: 'conflict', on: 'receipt' };
      case 'events_stream_version':
        return { status: 'conflict', on: 'stream' };
      default:
        throw error;
    }
  }
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
