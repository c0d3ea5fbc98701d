import type { FoldedBy } from '../../../events/definitions.js';
import type { FoldedEvent } from '../../../events/event.js';
import { postgresReadModel } from '../../define-read-model.js';

/** In: $1 JSON list, one entry for each member who joined within the batch, as the batch leaves them. */
const JOINED = `
INSERT INTO members AS m (room_id, user_id, present, joined_at, joined_seq, position)
SELECT c.room, c."user", c.present, c.joined_at, c.joined_seq, c.position
FROM json_to_recordset($1::json)
  AS c (room text, "user" text, present boolean, joined_at timestamptz, joined_seq integer, position bigint)
ON CONFLICT (room_id, user_id) DO UPDATE
SET present = excluded.present, joined_at = excluded.joined_at, joined_seq = excluded.joined_seq,
  position = excluded.position
WHERE m.position < excluded.position`;

/**
 * In: by column, the members who left and had joined in an earlier batch: $1 rooms, $2 users, $3 positions. Arrays, for
 * the planner's sake.
 */
const LEFT = `
UPDATE members SET present = false, position = c.position
FROM unnest($1::text[], $2::text[], $3::bigint[]) AS c (room, "user", position)
WHERE room_id = c.room AND user_id = c."user" AND members.position < c.position`;

interface Membership {
  readonly room: string;
  readonly user: string;
  readonly present: boolean;
  readonly joined_at?: Date;
  readonly joined_seq?: number;
  readonly position: number;
}

/** The state in which the batch leaves each membership that it touches. */
function fold(events: readonly FoldedEvent<FoldedBy<'members'>>[]): readonly Membership[] {
  const memberships = new Map<string, Membership>();
  for (const { event, position, at } of events) {
    const { roomId: room, userId: user } = event.data;
    const key = `${room} ${user}`;
    switch (event.type) {
      case 'MemberJoined':
        memberships.set(key, { room, user, present: true, joined_at: at, joined_seq: event.data.seq, position });
        break;
      case 'MemberLeft':
        memberships.set(key, { ...memberships.get(key), room, user, present: false, position });
        break;
      default:
        event satisfies never;
    }
  }
  return [...memberships.values()];
}

export const members = postgresReadModel({
  name: 'members',
  version: 1,
  forgets: { members: 'nothing personal' },
  oldGenerations: 'nothing personal',
  async apply(sql, events) {
    const memberships = fold(events);
    const joined = memberships.filter((membership) => membership.joined_at !== undefined);
    const left = memberships.filter((membership) => membership.joined_at === undefined);
    if (joined.length > 0) await sql.query(JOINED, [JSON.stringify(joined)]);
    if (left.length > 0)
      await sql.query(LEFT, [
        left.map(({ room }) => room),
        left.map(({ user }) => user),
        left.map(({ position }) => position),
      ]);
  },
});
