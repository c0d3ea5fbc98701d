import type pg from 'pg';
import type { Partition } from '../domain/ids.js';
import type { PostgresProjection, SqlExecutor } from '../projector/projection.js';
import type { ParkedKey, Parking, Release } from '../projector/projection-store.js';

const PARKED = `
SELECT key, position, letter, reason, since FROM parked_keys WHERE name = $1 AND version = $2 AND partition = $3
  ORDER BY position`;

/**
 * In: $1 name, $2 version, $3 partition, $4 keys. Out: how many of them are parked. The lock on the checkpoint keeps
 * the answer true.
 */
const HELD = `
SELECT count(*)::integer AS held FROM parked_keys WHERE name = $1 AND version = $2 AND partition = $3::smallint
  AND key = ANY($4::text[])`;

/** In: $1 name, $2 version, $3 partition; $4 keys, $5 positions, $6 letters, $7 reasons, $8 since. */
const PARK = `
INSERT INTO parked_keys (name, version, partition, key, position, letter, reason, since)
SELECT $1, $2::integer, $3::smallint, p.key, p.position, p.letter, p.reason, p.since
FROM unnest($4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::timestamptz[])
  AS p (key, position, letter, reason, since)
ON CONFLICT (name, version, partition, key) DO UPDATE
  SET position = excluded.position, letter = excluded.letter, reason = excluded.reason`;

/**
 * In: $1 name, $2 version, $3 partition, $4 key, $5 the position where it is parked; then its next position, letter and
 * reason.
 */
const MOVE_PARKED = `
UPDATE parked_keys SET position = $6, letter = $7, reason = $8
WHERE name = $1 AND version = $2 AND partition = $3::smallint AND key = $4 AND position = $5`;

/** In: as above, up to $5. */
const UNPARK =
  'DELETE FROM parked_keys WHERE name = $1 AND version = $2 AND partition = $3::smallint ' +
  'AND key = $4 AND position = $5';

type Place = readonly [string, number, Partition];

const placeOf = ({ name, version }: PostgresProjection, partition: Partition): Place => [name, version, partition];

export async function readParked(
  pool: pg.Pool,
  projection: PostgresProjection,
  partition: Partition,
): Promise<readonly ParkedKey[]> {
  const { rows } = await pool.query<ParkedKey>({
    name: 'parked-keys',
    text: PARKED,
    values: [...placeOf(projection, partition)],
  });
  return rows;
}

/** Runs under the lock on the checkpoint. @returns whether all held keys are still parked */
export async function holdAndPark(
  sql: SqlExecutor,
  projection: PostgresProjection,
  partition: Partition,
  { held, park }: Parking,
): Promise<boolean> {
  const place = placeOf(projection, partition);
  if (held.length > 0) {
    const { rows } = await sql.query(HELD, [...place, held]);
    if (rows[0]?.held !== held.length) return false;
  }
  if (park.length > 0) {
    const columns = [
      park.map(({ key }) => key),
      park.map(({ position }) => position),
      park.map(({ letter }) => letter),
      park.map(({ reason }) => reason),
    ];
    await sql.query(PARK, [...place, ...columns, park.map(({ since }) => since)]);
  }
  return true;
}

/** Runs under the lock on the checkpoint. @returns whether the key was parked where the runner expected it */
export async function moveParked(
  sql: SqlExecutor,
  projection: PostgresProjection,
  partition: Partition,
  { parked, next }: Release,
): Promise<boolean> {
  const from = [...placeOf(projection, partition), parked.key, parked.position];
  const { rowCount } = next
    ? await sql.query(MOVE_PARKED, [...from, next.position, next.letter, next.reason])
    : await sql.query(UNPARK, from);
  return rowCount === 1;
}
