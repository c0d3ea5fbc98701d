import type { RecordedEvent } from '../../events/event.js';
import { ERASED_USER } from '../../events/ids.js';
import type { PostgresProjection } from '../projection.js';

/** In: $1 JSON list of messages. A place in a room is taken once, so a message that is there is the same event again. */
const POST = `
INSERT INTO messages (room_id, seq, author_id, body, created_at)
SELECT m.room, m.seq, m.author, m.body, m.at
FROM json_to_recordset($1::json) AS m (room text, seq integer, author text, body text, at timestamptz)
ON CONFLICT (room_id, seq) DO NOTHING`;

/**
 * In: $1 JSON list, one entry for each reaction that the batch touches, as the batch leaves it; first_position where the batch uses the
 * emoji there.
 * The counts change by what really changes in `reactions`: `was` is read before, and nobody else writes to these rows meanwhile, for the
 * transaction holds the checkpoint of their partition.
 */
const REACT = `
WITH touched AS (
  SELECT c.*, coalesce(r.present, false) AS was
  FROM json_to_recordset($1::json)
    AS c (room text, seq integer, emoji text, "user" text, present boolean, position bigint, first_position bigint)
  LEFT JOIN reactions r ON r.room_id = c.room AND r.seq = c.seq AND r.emoji = c.emoji AND r.user_id = c."user"
  WHERE r.position IS NULL OR r.position < c.position
), written AS (
  INSERT INTO reactions (room_id, seq, emoji, user_id, present, position)
  SELECT t.room, t.seq, t.emoji, t."user", t.present, t.position FROM touched t
  ON CONFLICT (room_id, seq, emoji, user_id) DO UPDATE SET present = excluded.present, position = excluded.position
)
INSERT INTO reaction_counts AS n (room_id, seq, emoji, count, first_position)
SELECT t.room, t.seq, t.emoji, sum(t.present::integer - t.was::integer), min(coalesce(t.first_position, t.position))
FROM touched t
GROUP BY t.room, t.seq, t.emoji
ON CONFLICT (room_id, seq, emoji) DO UPDATE
SET count = n.count + excluded.count, first_position = least(n.first_position, excluded.first_position)`;

/** In: $1 JSON list of who is erased in which room. What was erased in the events already has no author to be found by, and the same values. */
const ERASE_MESSAGES = `
UPDATE messages m SET author_id = '${ERASED_USER}', body = ''
FROM json_to_recordset($1::json) AS c (room text, "user" text)
WHERE m.room_id = c.room AND m.author_id = c."user"`;

/** In: the same, with the position, which keeps an earlier reaction that comes twice from standing again. */
const ERASE_REACTIONS = `
WITH gone AS (
  UPDATE reactions r SET present = false, position = c.position
  FROM json_to_recordset($1::json) AS c (room text, "user" text, position bigint)
  WHERE r.room_id = c.room AND r.user_id = c."user" AND r.present
  RETURNING r.room_id, r.seq, r.emoji
)
UPDATE reaction_counts n SET count = n.count - g.count
FROM (SELECT room_id, seq, emoji, count(*) AS count FROM gone GROUP BY room_id, seq, emoji) AS g
WHERE n.room_id = g.room_id AND n.seq = g.seq AND n.emoji = g.emoji`;

interface Reaction {
  readonly room: string;
  readonly seq: number;
  readonly emoji: string;
  readonly user: string;
  readonly present: boolean;
  readonly position: number;
  readonly first_position?: number;
}

function messagesOf(events: readonly RecordedEvent[]) {
  return events.flatMap(({ event, at }) => {
    if (event.type !== 'MessagePosted') return [];
    const { roomId: room, seq, authorId: author, body } = event.data;
    return [{ room, seq, author, body, at }];
  });
}

/** What the batch leaves of each reaction that it touches. */
function reactionsOf(events: readonly RecordedEvent[]): readonly Reaction[] {
  const reactions = new Map<string, Reaction>();
  for (const { event, position } of events) {
    if (event.type !== 'ReactionAdded' && event.type !== 'ReactionRemoved') continue;
    const { roomId: room, seq, userId: user, emoji } = event.data;
    const key = `${room} ${seq} ${user} ${emoji}`;
    const present = event.type === 'ReactionAdded';
    const firstUse = reactions.get(key)?.first_position ?? (present ? position : undefined);
    reactions.set(key, { room, seq, emoji, user, present, position, ...(firstUse === undefined ? {} : { first_position: firstUse }) });
  }
  return [...reactions.values()];
}

function erasedIn(events: readonly RecordedEvent[]) {
  return events.flatMap(({ event, position }) =>
    event.type === 'MemberErased' ? [{ room: event.data.roomId, user: event.data.userId, position }] : [],
  );
}

export const timeline: PostgresProjection = {
  store: 'postgres',
  name: 'timeline',
  version: 1,
  tables: ['messages', 'reactions', 'reaction_counts'],
  handles: ['MessagePosted', 'ReactionAdded', 'ReactionRemoved', 'MemberErased'],
  async apply(sql, events) {
    const messages = messagesOf(events);
    const reactions = reactionsOf(events);
    if (messages.length > 0) await sql.query(POST, [JSON.stringify(messages)]);
    if (reactions.length > 0) await sql.query(REACT, [JSON.stringify(reactions)]);
    // Last: of whom is erased in a room nothing follows there, in this batch or in another.
    const erased = erasedIn(events);
    if (erased.length === 0) return;
    await sql.query(ERASE_MESSAGES, [JSON.stringify(erased)]);
    await sql.query(ERASE_REACTIONS, [JSON.stringify(erased)]);
  },
};
