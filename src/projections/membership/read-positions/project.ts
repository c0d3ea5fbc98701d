import type { FoldedBy } from '../../../events/definitions.js';
import type { FoldedEvent } from '../../../events/event.js';
import { compactReadings } from '../compact-readings.js';
import { postgresReadModel } from '../../define-read-model.js';

/**
 * In: $1 JSON list, one entry for each membership that the batch begins or ends, as the batch leaves it. Values of a
 * membership that has ended are written again: it may have been erased since.
 */
const MEMBERSHIPS = `
INSERT INTO read_positions AS p (room_id, user_id, present, read_seq, position)
SELECT c.room, c."user", c.present, c.seq, c.position
FROM json_to_recordset($1::json) AS c (room text, "user" text, present boolean, seq integer, position bigint)
ON CONFLICT (room_id, user_id) DO UPDATE
SET present = CASE WHEN p.position < excluded.position THEN excluded.present ELSE p.present END,
  read_seq = CASE WHEN p.present OR p.position < excluded.position THEN greatest(p.read_seq, excluded.read_seq)
    ELSE p.read_seq END,
  position = greatest(p.position, excluded.position)`;

/**
 * In: by column, the read marks of members who joined in an earlier batch: $1 rooms, $2 users, $3 sequence numbers.
 * Arrays, because the planner expects ten elements in one and looks each up; in a JSON list it expects a hundred, and
 * reads the whole table.
 */
const READ = `
UPDATE read_positions SET read_seq = c.seq
FROM unnest($1::text[], $2::text[], $3::integer[]) AS c (room, "user", seq)
WHERE room_id = c.room AND user_id = c."user" AND present AND read_seq < c.seq`;

/**
 * In: $1 JSON list of erased members. Their read marks go too: posting is reading, and their messages have lost the
 * author.
 */
const ERASE = `
INSERT INTO read_positions AS p (room_id, user_id, present, read_seq, position)
SELECT c.room, c."user", false, 0, c.position
FROM json_to_recordset($1::json) AS c (room text, "user" text, position bigint)
ON CONFLICT (room_id, user_id) DO UPDATE SET present = false, read_seq = 0, position = excluded.position`;

interface Reading {
  readonly room: string;
  readonly user: string;
  readonly seq: number;
  /** Set where the batch begins or ends the membership. */
  readonly present?: boolean;
  readonly position?: number;
  readonly erased?: true;
}

function readingOf({ event, position }: FoldedEvent<FoldedBy<'read-positions'>>): Reading {
  switch (event.type) {
    case 'MemberJoined':
      return { room: event.data.roomId, user: event.data.userId, seq: event.data.seq, present: true, position };
    case 'MemberLeft':
      return { room: event.data.roomId, user: event.data.userId, seq: 0, present: false, position };
    case 'MemberErased':
      return { room: event.data.roomId, user: event.data.userId, seq: 0, present: false, position, erased: true };
    case 'MessagesRead':
      return { room: event.data.roomId, user: event.data.userId, seq: event.data.seq };
    case 'MessagePosted':
      return { room: event.data.roomId, user: event.data.authorId, seq: event.data.seq };
    default:
      return event satisfies never;
  }
}

/** The state in which the batch leaves each reader that it touches. */
function fold(events: readonly FoldedEvent<FoldedBy<'read-positions'>>[]): readonly Reading[] {
  const readings = new Map<string, Reading>();
  for (const recorded of events) {
    const next = readingOf(recorded);
    const key = `${next.room} ${next.user}`;
    const before = readings.get(key);
    readings.set(key, { ...before, ...next, seq: Math.max(before?.seq ?? 0, next.seq) });
  }
  return [...readings.values()];
}

export const readPositions = postgresReadModel({
  name: 'read-positions',
  version: 1,
  forgets: { read_positions: 'folded' },
  oldGenerations: 'nothing personal',
  compact: compactReadings,
  async apply(sql, events) {
    const readings = fold(events);
    const erased = readings.filter((reading) => reading.erased);
    const memberships = readings.filter((reading) => reading.position !== undefined && !reading.erased);
    const read = readings.filter(({ position }) => position === undefined);
    if (memberships.length > 0) await sql.query(MEMBERSHIPS, [JSON.stringify(memberships)]);
    if (read.length > 0)
      await sql.query(READ, [read.map(({ room }) => room), read.map(({ user }) => user), read.map(({ seq }) => seq)]);
    if (erased.length > 0) await sql.query(ERASE, [JSON.stringify(erased)]);
  },
});
