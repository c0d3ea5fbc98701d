import type { FoldedBy } from '../../../events/definitions.js';
import type { EventOf, FoldedEvent } from '../../../events/event.js';
import { ERASED_USER } from '../../../engine/domain/ids.js';
import { postgresReadModel } from '../../define-read-model.js';

/**
 * In: messages, in order: $1 rooms, $2 seqs, $3 authors, $4 bodies, $5 times in seconds since 1970. The messages of a
 * room come in order, so all messages up to the last stored one are repeated events. Looking for that one costs less
 * than a conflict clause for conflicts that hardly ever happen, and arrays cost less than JSON: a rebuild spends most
 * of its time here.
 */
const POST = `
WITH posted AS (
  SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::double precision[])
    AS p (room, seq, author, body, at)
), known AS MATERIALIZED (
  SELECT r.room, coalesce((SELECT max(m.seq) FROM messages m WHERE m.room_id = r.room), 0) AS last
    FROM (SELECT DISTINCT room FROM posted) AS r
)
INSERT INTO messages (room_id, seq, author_id, body, created_at)
SELECT p.room, p.seq, p.author, p.body, to_timestamp(p.at)
FROM posted p JOIN known k ON k.room = p.room
WHERE p.seq > k.last`;

/**
 * In: one entry for each reaction that the batch touches, as the batch leaves it: $1 rooms, $2 seqs, $3 emojis, $4
 * users, $5 presents, $6 positions, $7 the positions at which the batch first uses the emoji there. The counts change
 * by the real changes in `reactions`. Existing rows are read before, and no other transaction writes to these rows
 * meanwhile, since this one holds the checkpoint of their partition: so there are rows to add and rows to change, and
 * no conflicts.
 */
const REACT = `
WITH touched AS (
  SELECT c.*, r.position IS NOT NULL AS known, coalesce(r.present, false) AS was
  FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::boolean[], $6::bigint[], $7::bigint[])
    AS c (room, seq, emoji, "user", present, position, first_position)
  LEFT JOIN reactions r ON r.room_id = c.room AND r.seq = c.seq AND r.emoji = c.emoji AND r.user_id = c."user"
  WHERE r.position IS NULL OR r.position < c.position
), added AS (
  INSERT INTO reactions (room_id, seq, emoji, user_id, present, position)
  SELECT room, seq, emoji, "user", present, position FROM touched WHERE NOT known
), changed AS (
  UPDATE reactions r SET present = t.present, position = t.position
  FROM touched t
  WHERE t.known AND r.room_id = t.room AND r.seq = t.seq AND r.emoji = t.emoji AND r.user_id = t."user"
), counted AS (
  SELECT t.*, n.room_id IS NOT NULL AS known
  FROM (
    SELECT room, seq, emoji, sum(present::integer - was::integer) AS change,
      min(coalesce(first_position, position)) AS first_position
    FROM touched GROUP BY room, seq, emoji
  ) AS t
  LEFT JOIN reaction_counts n ON n.room_id = t.room AND n.seq = t.seq AND n.emoji = t.emoji
), counts_added AS (
  INSERT INTO reaction_counts (room_id, seq, emoji, count, first_position)
  SELECT room, seq, emoji, change, first_position FROM counted WHERE NOT known
)
UPDATE reaction_counts n SET count = n.count + c.change, first_position = least(n.first_position, c.first_position)
FROM counted c
WHERE c.known AND n.room_id = c.room AND n.seq = c.seq AND n.emoji = c.emoji`;

/**
 * In: $1 JSON list of users and the rooms in which they are erased. Messages that came with erased events have no
 * author to be found by, and the final values already.
 */
const ERASE_MESSAGES = `
UPDATE messages m SET author_id = '${ERASED_USER}', body = ''
FROM json_to_recordset($1::json) AS c (room text, "user" text)
WHERE m.room_id = c.room AND m.author_id = c."user"`;

/** In: the same, with the position, which keeps an earlier reaction that comes twice from appearing again. */
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

/** An array in PostgreSQL's own notation: the driver would search each number for quotes. */
const numbers = (values: readonly (number | 'NULL')[]): string => `{${values.join(',')}}`;

type Folded<T extends FoldedBy<'timeline'>['type']> = FoldedEvent<EventOf<T>>;

/** The parts of a batch, which touch separate rows, except for erasures: these come last. */
function parts(events: readonly FoldedEvent<FoldedBy<'timeline'>>[]) {
  const posted: Folded<'MessagePosted'>[] = [];
  const reacted: Folded<'ReactionAdded' | 'ReactionRemoved'>[] = [];
  const erased: { readonly room: string; readonly user: string; readonly position: number }[] = [];
  for (const recorded of events) {
    const { event, position } = recorded;
    switch (event.type) {
      case 'MessagePosted':
        posted.push(recorded as Folded<'MessagePosted'>);
        break;
      case 'ReactionAdded':
      case 'ReactionRemoved':
        reacted.push(recorded as Folded<'ReactionAdded' | 'ReactionRemoved'>);
        break;
      case 'MemberErased':
        erased.push({ room: event.data.roomId, user: event.data.userId, position });
        break;
      default:
        event satisfies never;
    }
  }
  return { posted, reacted, erased };
}

/** By column. */
const messagesOf = (posted: readonly Folded<'MessagePosted'>[]): readonly unknown[] => [
  posted.map(({ event }) => event.data.roomId),
  numbers(posted.map(({ event }) => event.data.seq)),
  posted.map(({ event }) => event.data.authorId),
  posted.map(({ event }) => event.data.body),
  numbers(posted.map(({ at }) => at.getTime() / 1_000)),
];

/** The state in which the batch leaves each reaction that it touches. */
function reactionsOf(events: readonly Folded<'ReactionAdded' | 'ReactionRemoved'>[]): readonly Reaction[] {
  const reactions = new Map<string, Reaction>();
  for (const { event, position } of events) {
    const { roomId: room, seq, userId: user, emoji } = event.data;
    const key = `${room} ${seq} ${user} ${emoji}`;
    const present = event.type === 'ReactionAdded';
    const firstUse = reactions.get(key)?.first_position ?? (present ? position : undefined);
    reactions.set(key, {
      room,
      seq,
      emoji,
      user,
      present,
      position,
      ...(firstUse === undefined ? {} : { first_position: firstUse }),
    });
  }
  return [...reactions.values()];
}

/** By column, in the order of REACT's parameters. */
const columnsOf = (reactions: readonly Reaction[]): readonly unknown[] => [
  reactions.map(({ room }) => room),
  numbers(reactions.map(({ seq }) => seq)),
  reactions.map(({ emoji }) => emoji),
  reactions.map(({ user }) => user),
  reactions.map(({ present }) => present),
  numbers(reactions.map(({ position }) => position)),
  numbers(reactions.map(({ first_position: first }) => first ?? 'NULL')),
];

export const timeline = postgresReadModel({
  name: 'timeline',
  version: 1,
  forgets: { messages: 'folded', reactions: 'folded', reaction_counts: 'nothing personal' },
  oldGenerations: 'swept',
  async apply(sql, events) {
    const { posted, reacted, erased } = parts(events);
    if (posted.length > 0) await sql.query(POST, messagesOf(posted));
    if (reacted.length > 0) await sql.query(REACT, columnsOf(reactionsOf(reacted)));
    // Last: no event of an erased user follows in the room, in this batch or in another.
    if (erased.length === 0) return;
    await sql.query(ERASE_MESSAGES, [JSON.stringify(erased)]);
    await sql.query(ERASE_REACTIONS, [JSON.stringify(erased)]);
  },
});
