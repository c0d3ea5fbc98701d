import { isEvent } from '../../events/event.js';
import type { FoldedEvent } from '../../events/event.js';
import type { PostgresProjection } from '../projection.js';

/** In: $1 JSON list of users. A user registers once, so an id that is there is the same event again. */
const INSERT = `
INSERT INTO users (id, handle, name, registered_at)
SELECT u.id, nullif(u.handle, ''), u.name, u.at
FROM json_to_recordset($1::json) AS u (id text, handle text, name text, at timestamptz)
ON CONFLICT (id) DO NOTHING`;

/** In: $1 ids. The row stays: without it, the registration delivered a second time would bring the user back. */
const BLANK = `UPDATE users SET handle = NULL, name = '', deleted = true WHERE id = ANY($1::text[]) AND NOT deleted`;

const registered = (events: readonly FoldedEvent[]) =>
  events.flatMap((recorded) => {
    if (!isEvent(recorded, 'UserRegistered')) return [];
    const { userId: id, handle, name } = recorded.event.data;
    return [{ id, handle, name, at: recorded.at }];
  });

const deleted = (events: readonly FoldedEvent[]) =>
  events.flatMap((recorded) => (isEvent(recorded, 'AccountDeleted') ? [recorded.event.data.userId] : []));

export const users: PostgresProjection = {
  store: 'postgres',
  name: 'users',
  version: 1,
  tables: ['users'],
  handles: ['UserRegistered', 'AccountDeleted'],
  async apply(sql, events) {
    const [rows, gone] = [registered(events), deleted(events)];
    if (rows.length > 0) await sql.query(INSERT, [JSON.stringify(rows)]);
    // Nobody registers again after it.
    if (gone.length > 0) await sql.query(BLANK, [gone]);
  },
};
