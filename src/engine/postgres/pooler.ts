import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

/** Idle timeout of the probe's session on the server, and idle time of the probe. */
const IDLE_MS = 100;
const WAIT_MS = 300;
const TRIES = 10;

/**
 * Whether a pooler between this connection and the server gives each transaction or statement any free session, instead
 * of one session per connection for its life. LISTEN, session locks and prepared statements do not work over such a
 * pooler.
 *
 * A direct connection, or one over a proxy that only forwards bytes, learns its real backend number when it begins. A
 * pooler invents a number. Behind one, the session is set to end itself when idle. A connection that owns its session
 * ends with it; a connection that continues, on another session, had only borrowed it. Neither happens by accident.
 *
 * The connection is unusable afterwards; the caller closes it.
 */
export async function sharesSessions(client: pg.Client): Promise<boolean> {
  const backend = async (idle: string): Promise<number> => {
    const text = `SELECT pg_backend_pid() AS pid, set_config('idle_session_timeout', $1, false)`;
    return (await client.query<{ pid: number }>(text, [idle])).rows[0]!.pid;
  };
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  if (rows[0]!.pid === announcedPid(client)) return false;

  let ended = false;
  const end = new Promise<void>((resolve) => {
    client.once('end', () => {
      ended = true;
      resolve();
    });
  });
  const first = await backend(`${IDLE_MS}ms`);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    await Promise.race([end, delay(WAIT_MS)]);
    if (ended) return false;
    // The same limit again: if this got another session, that one ends when idle as well. It must not go to the next
    // client without a limit, nor be ended without this connection.
    const now = await backend(`${IDLE_MS}ms`).catch(() => null);
    if (now === null) return false;
    if (now !== first) return true;
  }
  return false;
}

const announcedPid = (client: pg.Client): number | null =>
  (client as unknown as { readonly processID: number | null }).processID;
