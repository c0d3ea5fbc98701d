import type pg from 'pg';
import type { Position, UserId } from '../engine/domain/ids.js';
import { ERASED_USER, userId } from '../engine/domain/ids.js';
import { roomId } from '../events/ids.js';
import type { Erasure } from './erasure.js';
import type { SweepElsewhere } from './postgres-erasure-sweep.js';
import { createErasureSweep } from './postgres-erasure-sweep.js';

const BEGIN = `
INSERT INTO erased_accounts AS e (user_id) VALUES ($1) ON CONFLICT (user_id) DO UPDATE SET user_id = e.user_id
  RETURNING salt`;

const AMONG = 'SELECT user_id, salt FROM erased_accounts WHERE user_id = ANY($1::text[])';

const ROOMS =
  "SELECT DISTINCT data ->> 'roomId' AS room FROM events WHERE type = 'MemberJoined' AND data ->> 'userId' = $1";

const ERASE_USER = `
UPDATE events SET data = data || '{"handle":"","name":""}'
WHERE stream = $1 AND type = 'UserRegistered' AND data ->> 'handle' <> ''`;

/** In: $1 stream, $2 last version. The key of these events is the handle: its hash replaces it. */
const ERASE_HANDLE = `
UPDATE events SET key = substr(stream, 8),
  data = CASE type WHEN 'HandleClaimed' THEN data || '{"handle":"","name":"","userId":"${ERASED_USER}"}' ELSE data END
WHERE stream = $1 AND version <= $2 AND key <> substr(stream, 8)`;

const STEP = 5_000;

/**
 * One step through the events of a room. In: $1 partition, $2 key, $3 after which position, $4 up to which, $5 author.
 * Out: the last position read; no row at the end.
 */
const ERASE_MESSAGES = `
WITH page AS MATERIALIZED (
  SELECT position, type, data ->> 'authorId' AS author FROM events
  WHERE partition = $1 AND key = $2 AND position > $3 AND position <= $4
  ORDER BY position LIMIT ${STEP}
), erased AS (
  UPDATE events e SET data = e.data || '{"authorId":"${ERASED_USER}","body":""}'
  FROM page WHERE e.partition = $1 AND e.position = page.position AND page.type = 'MessagePosted' AND page.author = $5
)
SELECT max(position) AS last FROM page HAVING count(*) > 0`;

/** Erasing in PostgreSQL. The caller owns the pool and closes it. */
export function postgresErasure(pool: pg.Pool, elsewhere: SweepElsewhere | null = null): Erasure {
  const { sweep, pending } = createErasureSweep(pool, elsewhere);
  return {
    async begin(user) {
      const { rows } = await pool.query<{ salt: string }>(BEGIN, [user]);
      return rows[0]!.salt;
    },
    async among(users) {
      const { rows } = await pool.query<{ user_id: string; salt: string }>({
        name: 'erased-among',
        text: AMONG,
        values: [users],
      });
      return new Map(rows.map((row): [UserId, string] => [userId(row.user_id), row.salt]));
    },
    async roomsOf(user) {
      const { rows } = await pool.query<{ room: string }>(ROOMS, [user]);
      return rows.map(({ room }) => roomId(room));
    },
    async eraseUser(stream) {
      await pool.query(ERASE_USER, [stream]);
    },
    async eraseHandle(stream, upTo) {
      await pool.query(ERASE_HANDLE, [stream, upTo]);
    },
    async eraseMessages({ partition, roomId: room, upTo }, author) {
      let after: Position | 0 | undefined = 0;
      while (after !== undefined) {
        const step: pg.QueryResult<{ last: Position }> = await pool.query(ERASE_MESSAGES, [
          partition,
          room,
          after,
          upTo,
          author,
        ]);
        after = step.rows[0]?.last;
      }
    },
    sweep,
    pending,
  };
}
