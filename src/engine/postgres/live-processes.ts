import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type pg from 'pg';
import type { Readable, ReadableKind, Writable } from '../domain/readable.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import type { Logger } from '../runtime/logging.js';
import { startPoll } from '../runtime/poll.js';
import { transaction } from './pool.js';

/** The deployment has written a version that this program does not read. */
export class ProgramOlderError extends Error {
  readonly code = 'PROGRAM_OLDER';
}

export interface AnnouncedProcess extends Writable {
  /** Why this process cannot go on beside the others; empty where it can. */
  problems(): readonly string[];
  /** Withdraws the announcement. Idempotent. */
  stop(): Promise<void>;
}

export interface AnnounceOptions {
  readonly pool: pg.Pool;
  /** What this program reads. */
  readonly reads: Readable;
  /** For operators, such as the version. */
  readonly name: string;
  readonly pollIntervalMs?: number;
  readonly logger: Logger;
  readonly metrics?: Pick<EngineMetrics, 'versionsNotWritten'> | undefined;
}

/** Serialises announcements: any fixed number that nothing else takes. */
const ANNOUNCE_LOCK = 0x6d61_6c69_7665;
/** A process without a heartbeat for this long counts as gone. */
const GONE_AFTER_MS = 30_000;
const HEARTBEAT_MS = 5_000;
const POLL_INTERVAL_MS = 1_000;

/** The events that depend on a row are committed after it, so neither is lost without the other. */
const BEGIN = 'BEGIN; SET LOCAL synchronous_commit = off';

/**
 * In: $1 what this program reads. Opens each of its versions that every live process reads.
 * Locks: the advisory lock of the transaction keeps processes that read less from coming meanwhile.
 */
const OPEN = `
INSERT INTO written_versions AS w (kind, name, version)
SELECT kind.key, type.key, type.value::integer
FROM jsonb_each($1::jsonb) AS kind, jsonb_each_text(kind.value) AS type
WHERE NOT EXISTS (
  SELECT FROM live_processes p WHERE coalesce((p.reads -> kind.key ->> type.key)::integer, 0) < type.value::integer
)
ON CONFLICT (kind, name) DO UPDATE SET version = excluded.version, since = now() WHERE w.version < excluded.version
RETURNING kind, name, version`;

/** In: $1 what this program reads. The processes that read less of it. */
const BEHIND = `
SELECT p.name FROM live_processes p
WHERE EXISTS (
  SELECT FROM jsonb_each($1::jsonb) AS kind, jsonb_each_text(kind.value) AS type
  WHERE coalesce((p.reads -> kind.key ->> type.key)::integer, 0) < type.value::integer
)
ORDER BY p.started_at`;

interface VersionRow {
  readonly kind: ReadableKind;
  readonly name: string;
  readonly version: number;
}

const KINDS = ['event', 'command'] as const satisfies readonly ReadableKind[];
const versionIn = (reads: Readable, { kind, name }: Pick<VersionRow, 'kind' | 'name'>): number =>
  (Object.hasOwn(reads[kind], name) ? reads[kind][name] : undefined) ?? 0;

const VERSIONS = 'SELECT kind, name, version FROM written_versions';

/** What may be written, as the rows say. A type that this program does not know is none of its new versions. */
function writableIn(
  reads: Readable,
): Writable & { learn(rows: readonly VersionRow[]): void; closed(): readonly string[] } {
  const open = { event: new Set<string>(), command: new Set<string>() };
  return {
    isWritable: (kind, type) => open[kind].has(type) || !Object.hasOwn(reads[kind], type),
    learn(rows) {
      for (const row of rows) if (row.version >= versionIn(reads, row)) open[row.kind].add(row.name);
    },
    closed: () =>
      KINDS.flatMap((kind) =>
        Object.keys(reads[kind])
          .filter((type) => !open[kind].has(type))
          .map((type) => `${kind} ${type}`),
      ),
  };
}

/** For a tool beside the processes, which announces nothing. */
export async function readWritable(database: Pick<pg.Pool, 'query'>, reads: Readable): Promise<Writable> {
  const writable = writableIn(reads);
  writable.learn((await database.query<VersionRow>(VERSIONS)).rows);
  return writable;
}

/**
 * Announces the process to the others of the deployment, for as long as it runs.
 * @throws {ProgramOlderError} a version has been written that it does not read
 */
export async function announceProcess(options: AnnounceOptions): Promise<AnnouncedProcess> {
  const { pool, reads, logger, metrics, pollIntervalMs = POLL_INTERVAL_MS } = options;
  const processId = randomUUID();
  const name = `${options.name} on ${hostname()}, process ${process.pid}`;
  const { isWritable, learn, closed } = writableIn(reads);
  let problem: string | null = null;
  let lastSeen = performance.now();
  /** After an outage of the database the others have not been seen either: they get the time to come back. */
  let judgesFrom = 0;
  let stopped = false;

  const announce = (): Promise<void> =>
    transaction(
      pool,
      async (client) => {
        await client.query('SELECT pg_advisory_xact_lock($1)', [ANNOUNCE_LOCK]);
        if (performance.now() >= judgesFrom)
          await client.query("DELETE FROM live_processes WHERE seen_at < now() - $1 * interval '1 ms'", [
            GONE_AFTER_MS,
          ]);
        await refuseOlder(client);
        await client.query(
          `INSERT INTO live_processes (process_id, name, reads) VALUES ($1, $2, $3)
           ON CONFLICT (process_id) DO UPDATE SET seen_at = now()`,
          [processId, name, JSON.stringify(reads)],
        );
        await client.query(OPEN, [JSON.stringify(reads)]);
        learn((await client.query<VersionRow>(VERSIONS)).rows);
      },
      BEGIN,
    );

  /** A version that is written stays written. @throws {ProgramOlderError} */
  const refuseOlder = async (client: pg.PoolClient): Promise<void> => {
    const { rows } = await client.query<VersionRow>(VERSIONS);
    const newer = rows.filter((row) => row.version > versionIn(reads, row));
    if (newer.length === 0) return;
    const listed = newer.slice(0, 3).map((row) => `${row.kind} ${row.name} of version ${row.version}`);
    throw new ProgramOlderError(
      `this deployment writes ${listed.join(', ')}${newer.length > 3 ? ' and more' : ''}, ` +
        'which this program does not read: start a newer version of it',
    );
  };

  /** @returns whether the others still count on this process */
  const heartbeat = (): Promise<boolean> =>
    transaction(
      pool,
      async (client) => {
        const { rowCount } = await client.query('UPDATE live_processes SET seen_at = now() WHERE process_id = $1', [
          processId,
        ]);
        return rowCount === 1;
      },
      BEGIN,
    );

  const tend = async (): Promise<void> => {
    const before = closed();
    const unseenMs = performance.now() - lastSeen;
    if (before.length === 0 && unseenMs < HEARTBEAT_MS) return;
    if (unseenMs > 3 * HEARTBEAT_MS) judgesFrom = performance.now() + GONE_AFTER_MS;
    try {
      if (before.length > 0 || !(await heartbeat())) await announce();
      problem = null;
      metrics?.versionsNotWritten.set(closed().length);
      lastSeen = performance.now();
    } catch (error) {
      if (!(error instanceof ProgramOlderError)) throw error;
      if (problem === null) logger.error(error.message);
      problem = 'the other processes have begun to write what this version cannot read';
      return;
    }
    if (before.length > 0 && closed().length === 0)
      logger.info(
        { versions: before },
        'every process reads the new versions of events and commands: they are written',
      );
  };

  await announce();
  metrics?.versionsNotWritten.set(closed().length);
  if (closed().length > 0) {
    const { rows } = await pool.query<{ name: string }>(BEHIND, [JSON.stringify(reads)]);
    logger.info(
      { versions: closed(), processes: rows.map((row) => row.name) },
      'processes of an older version run: new versions of events and commands are refused until they are replaced',
    );
  }
  const poll = startPoll({
    run: tend,
    everyMs: pollIntervalMs,
    failed: (error) => logger.debug({ err: error }, 'could not announce the process in the database; retrying'),
  });

  return {
    isWritable,
    problems: () => (problem === null ? [] : [problem]),
    async stop() {
      if (stopped) return;
      stopped = true;
      await poll.stop();
      await pool.query('DELETE FROM live_processes WHERE process_id = $1', [processId]).catch((error: unknown) => {
        logger.debug({ err: error }, 'could not withdraw the announcement; it ends by itself');
      });
    },
  };
}
