import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { ManagedServer } from '../../src/embedded/managed-server.js';
import { startPostgres } from '../../src/embedded/postgres.js';
import { sendSignal, waitForExit } from '../../src/embedded/processes.js';
import type { Link } from '../faults/link.js';
import { openLink } from '../faults/link.js';
import { quietLogger, until } from './conditions.js';

/**
 * A PostgreSQL with an asynchronous standby, behind one address. Made of the embedded binaries: a standby is a copy of
 * the files.
 */
export interface ReplicatedPostgres extends AsyncDisposable {
  /** Leads to the present primary. */
  readonly url: string;
  /** Leads to the standby itself, for reads. Another one may have it after `stopStandby`. */
  readonly standbyUrl: string;
  /** Asks the standby directly. */
  askStandby(text: string): Promise<readonly Record<string, unknown>[]>;
  /** Resolves when the standby replays nothing any more, until the result is disposed of. */
  pauseReplay(): Promise<AsyncDisposable>;
  /** Kills the standby. */
  stopStandby(): Promise<void>;
  /** Starts it again, at the same address. */
  startStandby(): Promise<void>;
  /** Resolves when the standby has every commit from before this call. */
  caughtUp(): Promise<void>;
  /** From now on the standby gets nothing. */
  cutOff(): void;
  /**
   * Kills the primary, promotes the standby and gives it the address. Commits that it did not get are lost.
   * @param oldLives the primary is not killed, and its connections stay: nothing fenced it off
   */
  failOver(how?: { readonly oldLives?: boolean }): Promise<void>;
  /** Kills and restarts the primary, with all data on its disk. */
  restart(): Promise<void>;
  /** Another standby of the present primary, in the place of the one that was promoted. */
  addStandby(): Promise<void>;
}

interface Node {
  readonly dir: string;
  server: ManagedServer;
}

const portOf = ({ url }: ManagedServer): number => Number(new URL(url).port);

export async function openReplicatedPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<ReplicatedPostgres> {
  const root = await mkdtemp(join(tmpdir(), 'madang-standby-'));
  let made = 0;
  const start = (dir: string): Promise<ManagedServer> =>
    startPostgres({ dataDir: dir, log: quietLogger, settings: { ...settings, max_wal_senders: '5' } });
  const dirOf = (): string => join(root, `node-${made++}`);

  const first = dirOf();
  let primary: Node = { dir: first, server: await start(first) };
  const address = await openLink(portOf(primary.server));
  /** Set once there is a standby. */
  let reads: Link | null = null;
  let replication: Link | null = null;
  let standby: Node | null = null;
  const zombies: Node[] = [];

  /** Asks a server directly, without the address. */
  const ask = async (node: Node, text: string): Promise<readonly Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: node.server.url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  };

  const addStandby = async (): Promise<void> => {
    const dir = dirOf();
    const data = join(dir, 'postgres/data');
    const client = new pg.Client({ connectionString: primary.server.url });
    await client.connect();
    try {
      await client.query("SELECT pg_backup_start('standby', fast => true)");
      await cp(join(primary.dir, 'postgres'), join(dir, 'postgres'), {
        recursive: true,
        preserveTimestamps: true,
        // Sockets, and the files that mark a running server.
        filter: (source) => !/\/(\.s\.PGSQL[^/]*|postmaster\.(pid|opts)|owner[^/]*)$/.test(source),
      });
      const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
      await writeFile(join(data, 'backup_label'), rows[0]!.labelfile);
    } finally {
      await client.end();
    }
    replication = await openLink(portOf(primary.server));
    const { username, password } = new URL(primary.server.url);
    await writeFile(
      join(data, 'postgresql.auto.conf'),
      `primary_conninfo = 'host=127.0.0.1 port=${replication.port} user=${username} ` +
        `password=${password} application_name=standby'\n`,
    );
    await writeFile(join(data, 'standby.signal'), '');
    standby = { dir, server: await start(dir) };
    if (reads) reads.retarget(portOf(standby.server));
    else reads = await openLink(portOf(standby.server));
  };
  await addStandby();

  const kill = async ({ server }: Node): Promise<void> => {
    sendSignal(server.pid, 'SIGKILL');
    await waitForExit(server.pid, 10_000);
    await server.stop();
  };

  const urlOf = (link: Link): string =>
    Object.assign(new URL(primary.server.url), { port: String(link.port), search: '' }).href;
  return {
    url: urlOf(address),
    standbyUrl: urlOf(reads!),
    askStandby: (text) => ask(standby!, text),
    async pauseReplay() {
      const paused = standby!;
      await ask(paused, 'SELECT pg_wal_replay_pause()');
      // The pause is asked for, and replay goes on for a moment.
      await until(
        async () => (await ask(paused, 'SELECT pg_get_wal_replay_pause_state() AS state'))[0]!.state === 'paused',
        'the standby has paused',
      );
      return { [Symbol.asyncDispose]: () => ask(paused, 'SELECT pg_wal_replay_resume()').then(() => undefined) };
    },
    stopStandby: () => kill(standby!),
    async startStandby() {
      standby!.server = await start(standby!.dir);
      reads!.retarget(portOf(standby!.server));
    },
    async caughtUp() {
      const [row] = await ask(primary, 'SELECT pg_current_wal_insert_lsn()::text AS lsn');
      await until(
        async () =>
          (await ask(standby!, `SELECT pg_last_wal_replay_lsn() >= '${String(row!.lsn)}'::pg_lsn AS has`))[0]!.has,
        'the standby has all that was committed',
      );
    },
    cutOff() {
      replication!.refuse(true);
    },
    async failOver({ oldLives = false } = {}) {
      if (!standby) throw new Error('there is no standby to promote');
      if (oldLives) zombies.push(primary);
      else await kill(primary);
      await ask(standby, 'SELECT pg_promote(true, 60)');
      primary = standby;
      standby = null;
      await replication![Symbol.asyncDispose]();
      replication = null;
      address.retarget(portOf(primary.server));
      if (!oldLives) address.cut();
    },
    async restart() {
      await kill(primary);
      primary.server = await start(primary.dir);
      address.retarget(portOf(primary.server));
      address.cut();
    },
    addStandby,
    async [Symbol.asyncDispose]() {
      await standby?.server.stop();
      await primary.server.stop();
      for (const { server } of zombies) await server.stop();
      await replication?.[Symbol.asyncDispose]();
      await address[Symbol.asyncDispose]();
      await reads?.[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
