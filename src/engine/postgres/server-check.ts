import pg from 'pg';
import { markUnreachable } from './errors.js';
import { sharesSessions } from './pooler.js';
import { unambiguous } from './session.js';

const MIN_VERSION = 14;
const TIMEOUT_MS = 10_000;

/** The program refuses this database. The message says what to do. */
export class DatabaseUnfitError extends Error {
  override readonly name = 'DatabaseUnfitError';
  readonly code = 'DATABASE_UNFIT';
}

interface Facts {
  readonly version: number;
  readonly encoding: string;
  readonly standby: boolean;
  readonly readOnly: boolean;
  /** The schema in which this role finds our tables; null without tables. */
  readonly schema: string | null;
  /** The connection limit of this role on this database, other roles aside. */
  readonly connections: number;
  readonly fsync: boolean;
  readonly fullPageWrites: boolean;
}

const FACTS = `
SELECT current_setting('server_version_num')::integer / 10000 AS version,
  current_setting('server_encoding') AS encoding,
  pg_is_in_recovery() AS standby,
  current_setting('transaction_read_only') = 'on' AS "readOnly",
  (SELECT n.nspname FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE t.oid = to_regclass('event_heads')) AS schema,
  least(
    current_setting('max_connections')::integer
      - CASE WHEN r.rolsuper THEN 0 ELSE current_setting('superuser_reserved_connections')::integer END,
    nullif(r.rolconnlimit, -1), nullif(d.datconnlimit, -1)
  ) AS connections,
  current_setting('fsync') = 'on' AS fsync,
  current_setting('full_page_writes') = 'on' AS "fullPageWrites"
FROM pg_roles r, pg_database d WHERE r.rolname = session_user AND d.datname = current_database()`;

export interface CheckOptions {
  readonly url: string;
  /** The maximum number of connections of this process. */
  readonly connections: number;
}

/**
 * Checks the settings of the server that no session can change, before anything else. Settings that break a promise are
 * refused.
 * @returns warnings about unusual settings
 * @throws {DatabaseUnfitError}
 */
export async function checkDatabase({ url, connections }: CheckOptions): Promise<readonly string[]> {
  // With the defaults of the role, the database and the environment: the settings of our pools must not hide them.
  const client = new pg.Client(
    unambiguous({
      connectionString: url,
      application_name: 'madang-check',
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
    }),
  );
  client.on('error', () => undefined);
  try {
    // Also errors without a code, such as from a server of another kind that never answers: they concern the
    // connection, and no record.
    await client.connect().catch((error: unknown) => {
      throw markUnreachable(error);
    });
    const facts = (await client.query<Facts>(FACTS)).rows[0]!;
    const problem = problemOf(facts);
    if (problem !== null) throw new DatabaseUnfitError(problem);
    if (await sharesSessions(client)) throw new DatabaseUnfitError(POOLER);
    return warningsOf(facts, connections);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const POOLER =
  'DATABASE_URL leads to a connection pooler that shares sessions between transactions (such as ' +
  'PgBouncer with pool_mode transaction or ' +
  ('statement), which breaks LISTEN, session locks and prepared statements: ' +
    'set pool_mode = session for this database, or name the server itself');

function problemOf({ version, encoding, standby, readOnly, schema }: Facts): string | null {
  if (version < MIN_VERSION) return `this PostgreSQL is version ${version}: use ${MIN_VERSION} or newer`;
  if (encoding !== 'UTF8') {
    return (
      `this database has the encoding ${encoding}, which cannot hold every text: ` +
      `create one with ENCODING 'UTF8' TEMPLATE template0, and name it in DATABASE_URL`
    );
  }
  if (standby) return 'this PostgreSQL is a standby and takes no writes: name the primary in DATABASE_URL';
  if (readOnly) {
    return (
      'transactions are read-only by default here: set default_transaction_read_only = off for the ' +
      'server, this database and this role'
    );
  }
  if (schema !== null && schema !== 'public') {
    return (
      `the tables of Madang are in the schema "${schema}", by the search_path of this role: ` +
      'move them to the schema public (ALTER TABLE … SET SCHEMA public)'
    );
  }
  return null;
}

function warningsOf({ connections: most, fsync, fullPageWrites }: Facts, connections: number): readonly string[] {
  const warnings: string[] = [];
  if (most < connections) {
    warnings.push(
      `PostgreSQL gives this role ${most} connections at most, and this process alone may open ${connections}: ` +
        'raise max_connections or the limit of the role, or lower MADANG_DATABASE_CONNECTIONS',
    );
  }
  for (const [name, on] of [
    ['fsync', fsync],
    ['full_page_writes', fullPageWrites],
  ] as const) {
    if (!on)
      warnings.push(
        `PostgreSQL runs with ${name} = off: a crash of its machine loses or damages what was ` +
          'acknowledged; set it to on',
      );
  }
  return warnings;
}
