import pg from 'pg';
import { markUnreachable } from './errors.js';
import './mend-severity.js';

/**
 * Settings that change the answers of a session, set whatever the defaults of the server, database, role or environment
 * are. A setting that this version of PostgreSQL does not know is left out.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  // Prisma reads the text of a time as UTC and drops its offset.
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  bytea_output: 'hex',
  extra_float_digits: '1',
  array_nulls: 'on',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  row_security: 'on',
  // The schema of the live read models; rebuilds swap them by that name.
  search_path: 'public',
  // Statements that lock a row and read again rely on it.
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  // Migrations, rebuilds and loads of codes may take long. Statements with a deadline have one of their own.
  statement_timeout: '0',
  lock_timeout: '0',
  transaction_timeout: '0',
  // The pool ends idle connections. The connection for wake-ups is idle for most of its life.
  idle_session_timeout: '0',
  // A process that is paused within a transaction must not keep its locks from its successors.
  idle_in_transaction_session_timeout: '10s',
  // Every statement looks rows up by keys, so the plan does not depend on the values. PostgreSQL would still plan many
  // of them at each call, since a LIMIT or a range makes the generic plan look more expensive: planning takes longer
  // than running them.
  plan_cache_mode: 'force_generic_plan',
};

/** The deployment's choice about standbys stays. `off` would lose acknowledged commits. */
const DURABLE =
  "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END";

/**
 * Statements and not connection parameters: a pooler refuses parameters that it does not know.
 * default_transaction_read_only stays: providers set it to protect a full disk, and operators for maintenance.
 */
function settle(durable: boolean): string {
  const values = Object.entries(SETTINGS).map(([name, value]) => `('${name}', '${value}')`);
  values.push(`('synchronous_commit', ${durable ? DURABLE : "'off'"})`);
  return `SELECT set_config(name, value, false) FROM (VALUES ${values.join(', ')}) AS s (name, value)
    WHERE current_setting(name, true) IS NOT NULL`;
}

const SETTLE = { durable: settle(true), lazy: settle(false) } as const;

type Connected = ((error: Error) => void) | ((error: null, client: pg.Client) => void);

export interface SessionConfig extends pg.ClientConfig {
  /** False: commits do not wait for the disk. */
  readonly durable?: boolean;
}

/** A connection that is ready once its session has the settings. Fits into a pool, and works alone. */
export class Session extends pg.Client {
  readonly #settle: string;

  constructor({ durable = true, ...config }: SessionConfig) {
    super(unambiguous(config));
    // A server that ends a session says so at any time, also before the first statement and after the last. The failing
    // query reports it; an unhandled 'error' event would end the process.
    this.on('error', () => undefined);
    this.#settle = durable ? SETTLE.durable : SETTLE.lazy;
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.Client> | void {
    const connected = this.#open();
    if (!callback) return connected;
    const opened = callback as (error: Error | null, client?: pg.Client) => void;
    connected.then((client) => opened(null, client), opened);
  }

  async #open(): Promise<pg.Client> {
    try {
      await super.connect();
      await this.query(this.#settle);
      return this;
    } catch (error) {
      // The caller never gets this client, so it is closed here.
      void this.end().catch(() => undefined);
      throw markUnreachable(error);
    }
  }
}

/** The driver refuses PGSSLNEGOTIATION=direct from the environment for an address without TLS. */
export function unambiguous(config: pg.ClientConfig): pg.ClientConfig {
  const { connectionString: url } = config;
  const plain = url !== undefined && URL.canParse(url) && new URL(url).searchParams.get('sslmode') === 'disable';
  return plain ? Object.assign(config, { sslnegotiation: 'postgres' }) : config;
}
