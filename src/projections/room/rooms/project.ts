import type { FoldedBy } from '../../../events/definitions.js';
import type { FoldedEvent } from '../../../events/event.js';
import { postgresReadModel } from '../../define-read-model.js';

/** In: $1 JSON list of changes, of which those with a title create a room. */
const CREATE = `
INSERT INTO rooms (id, title, created_at, created_by, position)
SELECT c.room, c.title, c.at, c.by, c.position
FROM json_to_recordset($1::json) AS c (room text, title text, at timestamptz, by text, position bigint)
WHERE c.title IS NOT NULL
ON CONFLICT (id) DO NOTHING`;

/**
 * In: changes by column: $1 rooms, $2 members more or less, $3 sequence numbers, $4 positions. Arrays, for the
 * planner's sake. Counts only events that the room's row does not contain yet.
 */
const COUNT = `
UPDATE rooms SET member_count = member_count + unseen.members, last_seq = greatest(last_seq, unseen.seq),
  position = unseen.position
FROM (
  SELECT r.id, sum(c.members)::integer AS members, max(c.seq) AS seq, max(c.position) AS position
  FROM unnest($1::text[], $2::integer[], $3::integer[], $4::bigint[]) AS c (room, members, seq, position)
  JOIN rooms r ON r.id = c.room AND r.position < c.position
  GROUP BY r.id
) AS unseen
WHERE rooms.id = unseen.id`;

interface Change {
  readonly room: string;
  readonly position: number;
  readonly title?: string;
  readonly at?: Date;
  readonly by?: string;
  readonly members: number;
  readonly seq: number;
}

function changeOf({ event, position, at }: FoldedEvent<FoldedBy<'rooms'>>): Change {
  switch (event.type) {
    case 'RoomCreated':
      return {
        room: event.data.roomId,
        position,
        title: event.data.title,
        at,
        by: event.data.createdBy,
        members: 0,
        seq: 0,
      };
    case 'MemberJoined':
      return { room: event.data.roomId, position, members: 1, seq: 0 };
    case 'MemberLeft':
      return { room: event.data.roomId, position, members: -1, seq: 0 };
    case 'MessagePosted':
      return { room: event.data.roomId, position, members: 0, seq: event.data.seq };
    default:
      return event satisfies never;
  }
}

/** The last message of a room carries the information of all of them. */
function compact(events: readonly FoldedEvent[]): readonly FoldedEvent[] {
  const last = new Map<string, FoldedEvent>();
  for (const recorded of events)
    if (recorded.event.type === 'MessagePosted') last.set(recorded.event.data.roomId, recorded);
  return events.filter(
    (recorded) => recorded.event.type !== 'MessagePosted' || last.get(recorded.event.data.roomId) === recorded,
  );
}

export const rooms = postgresReadModel({
  name: 'rooms',
  version: 1,
  forgets: { rooms: 'nothing personal' },
  oldGenerations: 'nothing personal',
  compact,
  async apply(sql, events) {
    const changes = events.map(changeOf);
    if (changes.some(({ title }) => title !== undefined)) await sql.query(CREATE, [JSON.stringify(changes)]);
    await sql.query(COUNT, [
      changes.map(({ room }) => room),
      changes.map((change) => change.members),
      changes.map(({ seq }) => seq),
      changes.map(({ position }) => position),
    ]);
  },
});
