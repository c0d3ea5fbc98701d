import type { FoldedBy } from '../../../events/definitions.js';
import type { FoldedEvent } from '../../../events/event.js';
import { postgresReadModel } from '../../define-read-model.js';

/** In: $1 JSON list of users. A user registers once, so an existing id is the same event again. */
const INSERT = `
INSERT INTO users (id, handle, name, registered_at)
SELECT u.id, nullif(u.handle, ''), u.name, u.at
FROM json_to_recordset($1::json) AS u (id text, handle text, name text, at timestamptz)
ON CONFLICT (id) DO NOTHING`;

/** In: $1 ids. The row stays: without it, the registration delivered a second time would bring the user back. */
const BLANK = `UPDATE users SET handle = NULL, name = '', deleted = true WHERE id = ANY($1::text[]) AND NOT deleted`;

/** The users who registered, and those who deleted their account. */
function fold(events: readonly FoldedEvent<FoldedBy<'users'>>[]) {
  const registered: { readonly id: string; readonly handle: string; readonly name: string; readonly at: Date }[] = [];
  const deleted: string[] = [];
  for (const { event, at } of events) {
    switch (event.type) {
      case 'UserRegistered':
        registered.push({ id: event.data.userId, handle: event.data.handle, name: event.data.name, at });
        break;
      case 'AccountDeleted':
        deleted.push(event.data.userId);
        break;
      default:
        event satisfies never;
    }
  }
  return { registered, deleted };
}

export const users = postgresReadModel({
  name: 'users',
  version: 1,
  forgets: { users: 'folded' },
  oldGenerations: 'swept',
  async apply(sql, events) {
    const { registered, deleted } = fold(events);
    if (registered.length > 0) await sql.query(INSERT, [JSON.stringify(registered)]);
    // Nobody registers again after it.
    if (deleted.length > 0) await sql.query(BLANK, [deleted]);
  },
});
