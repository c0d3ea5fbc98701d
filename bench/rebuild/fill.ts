import { join } from 'node:path';
import type pg from 'pg';
import { roomAggregate, roomStream } from '../../src/commands/room/state.js';
import { newTraceId } from '../../src/engine/domain/trace.js';
import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { migrate } from '../../src/engine/postgres/migrate.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { ERASE_ACCOUNTS } from '../../src/erasure/erase-accounts.js';
import { registerClaimedUser } from '../../src/workers/register-claimed-user.js';
import type { Deployment } from '../support/deployment.js';
import type { SyntheticEvent, SyntheticRoom } from './synthetic-log.js';
import { BEGUN, syntheticLog, syntheticRooms } from './synthetic-log.js';

const MIGRATIONS = join(process.cwd(), 'prisma/migrations');
const CHUNK = 2_000;
const LANES = 2;

/** In: $1 partition, $2 the position before the first; $3 … $11 the columns of the events, in order. */
const APPEND = `
INSERT INTO events (partition, position, key, stream, version, type, schema, data, command_id, trace_id, at)
SELECT $1::smallint, $2::bigint + e.n, e.key, e.stream, e.version, e.type, e.schema, e.data, e.command_id, e.trace_id,
  e.at
FROM unnest($3::text[], $4::text[], $5::integer[], $6::text[], $7::smallint[], $8::jsonb[], $9::uuid[], $10::text[],
  $11::timestamptz[])
  WITH ORDINALITY AS e (key, stream, version, type, schema, data, command_id, trace_id, at, n)`;

export interface Filled {
  readonly rooms: readonly SyntheticRoom[];
  readonly events: number;
  readonly seconds: number;
}

/**
 * Creates the database and stores the events as deciders would have left them: positions without gaps, versions of
 * streams, heads, snapshots of the rooms; without receipts, which this benchmark does not read. The read models are
 * empty.
 */
export async function fill({ pool, databaseUrl, settings }: Deployment, events: number): Promise<Filled> {
  const began = performance.now();
  await migrate(pool, MIGRATIONS);
  const { partitions } = await settings();
  const rooms = syntheticRooms(events, partitions);
  const loading = openPool({ url: databaseUrl, max: LANES, name: 'bench fill', durable: false });
  try {
    const waiting = Array.from({ length: partitions }, (_, partition) => partition);
    const lane = async (): Promise<void> => {
      for (let partition = waiting.shift(); partition !== undefined; partition = waiting.shift()) {
        const count =
          Math.floor(((partition + 1) * events) / partitions) - Math.floor((partition * events) / partitions);
        await append(loading, partition, syntheticLog(partition, partitions, events, count, rooms));
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    await loading.end();
  }
  await pool.query(
    'UPDATE event_heads h SET head = (SELECT max(position) FROM events e WHERE e.partition = h.partition)',
  );
  // The handles belong to registered users, and no account was deleted: the process managers start at the head.
  // Otherwise the first process would read the whole log, and delay everything beside it.
  await pool.query(
    'INSERT INTO process_manager_checkpoints (name, partition, position) SELECT name, partition, ' +
      'head FROM event_heads, unnest($1::text[]) AS name',
    [[registerClaimedUser.name, ERASE_ACCOUNTS]],
  );
  await snapshot(pool, rooms);
  // Explicitly, so that an automatic one does not fall into a measurement.
  await pool.query('VACUUM (ANALYZE) events');
  return { rooms, events, seconds: (performance.now() - began) / 1_000 };
}

async function append(pool: pg.Pool, partition: number, events: Iterable<SyntheticEvent>): Promise<void> {
  let base = 0;
  let chunk: SyntheticEvent[] = [];
  const store = async (): Promise<void> => {
    const at = chunk.map((_, n) => new Date(BEGUN.getTime() + (base + n) * 1_000).toISOString());
    await pool.query({
      name: 'append',
      text: APPEND,
      values: [
        partition,
        base,
        chunk.map(({ key }) => key),
        chunk.map(({ stream }) => stream),
        chunk.map(({ version }) => version),
        chunk.map(({ event }) => event.type),
        chunk.map(({ event }) => MADANG_EVENTS.schemaVersion(event.type)),
        chunk.map(({ event }) => JSON.stringify(event.data)),
        chunk.map(({ commandId }) => commandId),
        chunk.map(() => newTraceId()),
        at,
      ],
    });
    base += chunk.length;
    chunk = [];
  };
  for (const event of events) {
    chunk.push(event);
    if (chunk.length === CHUNK) await store();
  }
  if (chunk.length > 0) await store();
}

/** A decider stores a snapshot every hundred events. */
async function snapshot(pool: pg.Pool, rooms: readonly SyntheticRoom[]): Promise<void> {
  const known = rooms.filter(({ lastSeq }) => lastSeq > 0);
  await pool.query(
    `INSERT INTO snapshots (stream, version, state) SELECT * FROM unnest($1::text[], $2::integer[], $3::jsonb[])`,
    [
      known.map(({ id }) => roomStream(id).id),
      known.map(({ lastSeq }) => lastSeq + 1),
      known.map(({ lastSeq }) =>
        JSON.stringify({ version: roomAggregate.stateVersion ?? 1, state: { status: 'open', lastSeq } }),
      ),
    ],
  );
}
