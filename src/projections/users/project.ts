import { isEvent } from '../../events/event.js';
import type { PostgresProjection } from '../projection.js';

/** In: $1 JSON list of users. A user registers once, so an id that is there is the same event again. */
const INSERT = `
INSERT INTO users (id, handle, name, registered_at)
SELECT u.id, u.handle, u.name, u.at
FROM json_to_recordset($1::json) AS u (id text, handle text, name text, at timestamptz)
ON CONFLICT (id) DO NOTHING`;

export const users: PostgresProjection = {
  store: 'postgres',
  name: 'users',
  version: 1,
  tables: ['users'],
  handles: ['UserRegistered'],
  async apply(sql, events) {
    const rows = events.flatMap((recorded) => {
      if (!isEvent(recorded, 'UserRegistered')) return [];
      const { userId: id, handle, name } = recorded.event.data;
      return [{ id, handle, name, at: recorded.at }];
    });
    await sql.query(INSERT, [JSON.stringify(rows)]);
  },
};
