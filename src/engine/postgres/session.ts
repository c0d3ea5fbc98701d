import pg from 'pg';
import { markUnreachable } from './errors.js';
import './mend-severity.js';

/**
 * What the answers of a session depend on, whatever the server, the database, the role or the environment has as its
 * default. A name that this version of PostgreSQL does not know is left out.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  // Prisma takes the text of a time for UTC and drops its offset.
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
  // The live read models are there, and rebuilds exchange them by that name.
  search_path: 'public',
  // Statements that lock a row and look again rely on it.
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  // A migration, a rebuild or an issue of codes may take its time. What must not wait has a limit of its own.
  statement_timeout: '0',
  lock_timeout: '0',
  transaction_timeout: '0',
  // The pool ends what is idle. The connection for wake-ups is idle for most of its life.
  idle_session_timeout: '0',
  // A process that is frozen in the middle of a transaction must not keep its locks from those who took over.
  idle_in_transaction_session_timeout: '10s',
  // Every statement here looks rows up by their keys, so the plan does not depend on the values. PostgreSQL would plan
  // many of them anew at each call all the same, since a LIMIT or a range makes the general plan look dearer: that
  // takes longer than running them.
  plan_cache_mode: 'force_generic_plan',
};

/** What a deployment chose about standbys stays. `off` would lose what was acknowledged. */
const DURABLE =
  "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END";

/**
 * Statements and not parameters of the connection: a pooler refuses those that it does not know.
 * default_transaction_read_only is left alone: providers set it to protect a full disk, and operators for maintenance.
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

/** A connection that is ready once its session is as the program needs it. Fits into a pool, and stands alone. */
export class Session extends pg.Client {
  readonly #settle: string;

  constructor({ durable = true, ...config }: SessionConfig) {
    super(unambiguous(config));
    // A server that ends a session tells so at any time, also before the first statement and after the last. The query
    // that fails reports it; as an 'error' event that nobody listens to it would end the process.
    this.on('error', () => undefined);
    this.#settle = durable ? SETTLE.durable : SETTLE.lazy;
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.Client> | void {
    const connected = this.#open();
    if (!callback) return connected;
    const told = callback as (error: Error | null, client?: pg.Client) => void;
    connected.then((client) => told(null, client), told);
  }

  async #open(): Promise<pg.Client> {
    try {
      await super.connect();
      await this.query(this.#settle);
      return this;
    } catch (error) {
      // Whoever opened it never gets it, so that nobody else would close it.
      void this.end().catch(() => undefined);
      throw markUnreachable(error);
    }
  }
}

/**
 * The driver refuses PGSSLNEGOTIATION=direct of the environment where the address says that there is no TLS to
 * negotiate.
 */
export function unambiguous(config: pg.ClientConfig): pg.ClientConfig {
  const { connectionString: url } = config;
  const plain = url !== undefined && URL.canParse(url) && new URL(url).searchParams.get('sslmode') === 'disable';
  return plain ? Object.assign(config, { sslnegotiation: 'postgres' }) : config;
}
