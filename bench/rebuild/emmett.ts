import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { join } from 'node:path';
import {
  getPostgreSQLEventStore,
  postgreSQLProjection,
  rebuildPostgreSQLProjections,
} from '@event-driven-io/emmett-postgresql';
import type pg from 'pg';
import type { RecordedEvent } from '../../src/engine/domain/event.js';
import { migrate } from '../../src/engine/postgres/migrate.js';
import type { EventRow } from '../../src/engine/postgres/event-rows.js';
import { EVENT_COLUMNS, eventOf } from '../../src/engine/postgres/event-rows.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import type { PostgresProjection } from '../../src/engine/projector/projection.js';
import { postgresProjections } from '../../src/projections/registry.js';
import { createDatabase } from '../support/database.js';

const DATABASE = 'bench_emmett';
const MIGRATIONS = join(process.cwd(), 'prisma/migrations');
const CHUNK = 1_000;

/** An event's place in our log travels in emmett's metadata: read models keep the position. */
type Metadata = Omit<EventRow, 'data' | 'at' | 'type'> & { readonly at: string };

/**
 * In: arrays of stream, position in it, data, metadata, type, id. Stored as emmett's own append does; one transaction
 * for each chunk.
 */
const APPEND = `
INSERT INTO emt_messages (stream_id, stream_position, partition, message_kind, message_data, message_metadata,
  message_schema_version, message_type, message_id, transaction_id)
SELECT e.stream, e.version, 'emt:default', 'E', e.data, e.metadata, '1', e.type, e.id, pg_current_xact_id()
FROM unnest($1::text[], $2::bigint[], $3::jsonb[], $4::jsonb[], $5::text[], $6::text[])
  AS e (stream, version, data, metadata, type, id)`;

export interface Emmett {
  readonly events: number;
  readonly seconds: number;
}

export interface EmmettOptions {
  readonly serverUrl: string;
  /** The pool of the deployment whose first events are read. */
  readonly from: pg.Pool;
  readonly events: number;
  readonly partitions: number;
  /** Null: emmett's own settings. */
  readonly pulling: { readonly batchSize: number; readonly pullingFrequencyInMs: number } | null;
}

/**
 * `rebuildPostgreSQLProjections` over the first events of each partition, into tables like ours, in a database of its
 * own. The folds are ours too: each of its projections hands its events to one of our read models, which runs its own
 * statements in emmett's transaction.
 */
export async function rebuildWithEmmett({
  serverUrl,
  from,
  events,
  partitions,
  pulling,
}: EmmettOptions): Promise<Emmett> {
  const connectionString = await createDatabase(serverUrl, DATABASE);
  const pool = openPool({ url: connectionString, max: 1, name: 'bench emmett', durable: false });
  const store = getPostgreSQLEventStore(connectionString);
  try {
    await migrate(pool, MIGRATIONS);
    await store.schema.migrate();
    const stored = await takeOver(from, pool, Math.floor(events / partitions), partitions);
    await pool.query('VACUUM ANALYZE');
    const consumer = rebuildPostgreSQLProjections({
      connectionString,
      projections: postgresProjections.map(asEmmett),
      ...(pulling ? { pulling } : {}),
    });
    const began = performance.now();
    await consumer.start();
    const seconds = (performance.now() - began) / 1_000;
    await consumer.close();
    await checkAll(pool);
    return { events: stored, seconds };
  } finally {
    await store.close();
    await pool.end();
  }
}

const asEmmett = (projection: PostgresProjection) =>
  postgreSQLProjection({
    name: projection.name,
    canHandle: [...projection.handles],
    async handle(events, { connection }) {
      await projection.apply(
        { query: (text, values = []) => connection.client.query(text, [...values]) },
        events.map((event) => ours(event)),
      );
    },
  });

function ours(event: { readonly type: string; readonly data: object; readonly metadata: object }): RecordedEvent {
  const { at, ...metadata } = event.metadata as Metadata;
  return eventOf(MADANG_EVENTS, {
    ...metadata,
    type: event.type,
    data: event.data as Readonly<Record<string, unknown>>,
    at: new Date(at),
  });
}

async function takeOver(from: pg.Pool, to: pg.Pool, perPartition: number, partitions: number): Promise<number> {
  let stored = 0;
  for (let partition = 0; partition < partitions; partition++) {
    for (let after = 0; after < perPartition; after += CHUNK) {
      const { rows } = await from.query<EventRow>(
        `SELECT ${EVENT_COLUMNS} FROM events e WHERE partition = $1 AND position > $2 ` +
          'AND position <= $3 ORDER BY position',
        [partition, after, Math.min(perPartition, after + CHUNK)],
      );
      await to.query(APPEND, [
        rows.map(({ stream }) => stream),
        rows.map(({ version }) => version),
        rows.map(({ data }) => JSON.stringify(data)),
        rows.map(({ data: _, type: __, ...metadata }) => JSON.stringify(metadata)),
        rows.map(({ type }) => type),
        rows.map((row) => `${row.partition}/${row.position}`),
      ]);
      stored += rows.length;
    }
  }
  return stored;
}

/** emmett does not report a projection that fails, so the rows are checked. */
async function checkAll(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string; expected: number; found: number }>(`
    SELECT * FROM (VALUES
      ('messages', (SELECT count(*) FROM emt_messages WHERE message_type = 'MessagePosted'),
        (SELECT count(*) FROM messages)),
      ('users', (SELECT count(*) FROM emt_messages WHERE message_type = 'UserRegistered'),
        (SELECT count(*) FROM users)),
      ('rooms', (SELECT count(*) FROM emt_messages WHERE message_type = 'RoomCreated'), (SELECT count(*) FROM rooms)),
      ('last numbers', (SELECT count(*) FROM emt_messages WHERE message_type = 'MessagePosted'),
        (SELECT sum(last_seq) FROM rooms)),
      ('reactions', (SELECT count(*) FROM emt_messages WHERE message_type = 'ReactionAdded'),
        (SELECT count(*) FROM reactions)),
      ('members', (SELECT count(DISTINCT message_data->>'roomId' || (message_data->>'userId')) FROM emt_messages
        WHERE message_type = 'MemberJoined'), (SELECT count(*) FROM members)),
      ('read positions', (SELECT count(*) FROM members), (SELECT count(*) FROM read_positions))
    ) AS checked (name, expected, found) WHERE expected IS DISTINCT FROM found`);
  if (rows.length > 0) throw new Error(`emmett's rebuild is not whole: ${JSON.stringify(rows)}`);
}
