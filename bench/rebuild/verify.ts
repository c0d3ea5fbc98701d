import type { Deployment } from '../support/deployment.js';
import { madang } from './operator.js';

interface VerifyAnswer {
  readonly equal: boolean;
  readonly verified: readonly {
    readonly name: string;
    readonly rows: number;
    readonly missing: number;
    readonly extra: number;
    readonly altered: number;
    readonly examples: readonly {
      readonly kind: 'missing' | 'extra' | 'altered';
      readonly where: string;
      readonly key: string;
    }[];
  }[];
}

export interface Verified {
  /** The size of all read models: rows, and keys in Redis. */
  readonly rows: number;
  readonly seconds: number;
  readonly peakMb: number;
  readonly equal: boolean;
  /** Of the messages, after one was altered, one deleted and one made up. */
  readonly messages: number;
  readonly tampered: {
    readonly altered: number;
    readonly missing: number;
    readonly extra: number;
    readonly seconds: number;
    readonly named: boolean;
  };
  readonly equalAgain: boolean;
}

const ALTER =
  `UPDATE messages SET body = body || '!' WHERE (room_id, seq) = (SELECT room_id, max(seq) / 2 ` +
  'FROM messages GROUP BY room_id ORDER BY room_id LIMIT 1) RETURNING room_id, seq';
const MEND = `UPDATE messages SET body = left(body, -1) WHERE room_id = $1 AND seq = $2`;
const REMOVE =
  'DELETE FROM messages WHERE (room_id, seq) = (SELECT room_id, max(seq) / 3 FROM messages ' +
  'GROUP BY room_id ORDER BY room_id DESC LIMIT 1) RETURNING *';
const PUT_BACK = `INSERT INTO messages SELECT * FROM json_populate_record(NULL::messages, $1)`;
const ADD =
  'INSERT INTO messages (room_id, seq, author_id, body, created_at) SELECT room_id, 2000000000, ' +
  `author_id, 'never sent', created_at FROM messages LIMIT 1 RETURNING room_id, seq`;

/** Compares all read models with the events; then finds three wrong rows among all messages; then mends them. */
export async function verifyAll(deployment: Deployment): Promise<Verified> {
  const { pool } = deployment;
  const all = await madang<VerifyAnswer>(deployment, ['projections', 'verify', '--all'], [0, 1]);

  type Place = { readonly room_id: string; readonly seq: number };
  const altered = (await pool.query<Place>(ALTER)).rows[0]!;
  const { rows: removed } = await pool.query<Place & { readonly row: string }>(
    `WITH removed AS (${REMOVE}) SELECT room_id, seq, row_to_json(removed)::text AS row FROM removed`,
  );
  const missing = removed[0]!;
  const extra = (await pool.query<Place>(ADD)).rows[0]!;
  const timeline = () => madang<VerifyAnswer>(deployment, ['projections', 'verify', 'timeline'], [0, 1]);
  const tampered = await timeline();
  const [found] = tampered.json.verified;
  const named = Object.entries({ altered, missing, extra }).every(([kind, place]) =>
    found?.examples.some(
      (each) =>
        each.kind === kind &&
        each.where === 'messages' &&
        each.key.includes(place.room_id) &&
        each.key.includes(String(place.seq)),
    ),
  );
  await pool.query(MEND, [altered.room_id, altered.seq]);
  await pool.query(PUT_BACK, [missing.row]);
  await pool.query('DELETE FROM messages WHERE room_id = $1 AND seq = $2', [extra.room_id, extra.seq]);
  const again = await timeline();
  const { rows: counted } = await pool.query<{ messages: number }>('SELECT count(*) AS messages FROM messages');
  return {
    rows: all.json.verified.reduce((sum, { rows }) => sum + rows, 0),
    seconds: all.seconds,
    peakMb: all.peakMb,
    equal: all.json.equal,
    messages: counted[0]!.messages,
    tampered: {
      altered: found?.altered ?? 0,
      missing: found?.missing ?? 0,
      extra: found?.extra ?? 0,
      seconds: tampered.seconds,
      named,
    },
    equalAgain: again.json.equal,
  };
}
