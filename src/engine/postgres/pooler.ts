import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

/** How long the server lets the probe's session be idle, and how long the probe is. */
const IDLE_MS = 100;
const WAIT_MS = 300;
const TRIES = 10;

/**
 * Whether there is a pooler between this connection and the server that gives each transaction or statement whichever
 * session is free, instead of one session to a connection for all its life. LISTEN, locks of a session and prepared
 * statements do not work over such a one.
 *
 * A connection to the server itself, or over what only passes bytes on, was told the number of its own process when it
 * began. A pooler tells its clients a number that it made up. Behind one, the session that answered is told to end
 * itself when idle. A connection that has it for itself ends with it; one that goes on, with another session, had only
 * borrowed it. Neither can be seen by accident.
 *
 * The connection is used up, and the caller closes it.
 */
export async function sharesSessions(client: pg.Client): Promise<boolean> {
  const backend = async (idle: string): Promise<number> => {
    const text = `SELECT pg_backend_pid() AS pid, set_config('idle_session_timeout', $1, false)`;
    return (await client.query<{ pid: number }>(text, [idle])).rows[0]!.pid;
  };
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  if (rows[0]!.pid === toldPid(client)) return false;

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
    // Asked for with the same limit: whoever is given that session next must not keep it without one, nor lose it
    // without this one's leave.
    const now = await backend(`${IDLE_MS}ms`).catch(() => null);
    if (now === null) return false;
    if (now !== first) return true;
  }
  return false;
}

const toldPid = (client: pg.Client): number | null =>
  (client as unknown as { readonly processID: number | null }).processID;
