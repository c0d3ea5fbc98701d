import pg from 'pg';
import type { DatabaseRun } from './epochs.js';
import type { SessionConfig } from './session.js';
import { Session } from './session.js';

// Positions and offsets are bigint in the database and stay far below 2^53 for the life of a deployment.
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 && format !== 'binary' ? Number : (pg.types.getTypeParser(oid, format) as never),
};

export interface PoolOptions {
  readonly url: string;
  /** Maximum number of connections. */
  readonly max: number;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  /** False: commits do not wait for the disk. For derived data, whose checkpoint says how far it is. */
  readonly durable?: boolean;
  /** How long a query may take, and a connection, in milliseconds; without it a query may take any time. */
  readonly timeoutMs?: number;
  /** The known run of the database. Requests for a connection from an earlier run are refused. */
  readonly run?: DatabaseRun;
}

type Connect = (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void;

/**
 * Never hands out a connection to another run of the database than the one at the time of the request: the query may
 * follow from an answer of the earlier run. A plain pool would serve its waiters on the next connection.
 */
class PoolOfOneRun extends pg.Pool {
  readonly #run: DatabaseRun;

  constructor(config: pg.PoolConfig, run: DatabaseRun) {
    super(config);
    this.#run = run;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Connect): void;
  override connect(callback?: Connect): Promise<pg.PoolClient> | void {
    if (!callback)
      return new Promise((resolve, reject) =>
        this.connect((error, client) => (client ? resolve(client) : reject(error))),
      );
    const refusal = this.#run.asked();
    super.connect((error, client, done) => {
      const refused = client && refusal();
      if (!refused) return callback(error, client, done);
      done();
      callback(refused, undefined, () => undefined);
    });
  }
}

/** A pool whose idle connections may break without ending the process. The caller closes it with `end()`. */
export function openPool({ url, max, name, durable = true, timeoutMs, run }: PoolOptions): pg.Pool {
  // The pool awaits the promise of `onConnect`, although its types do not say so.
  const config: Omit<pg.PoolConfig, 'onConnect'> &
    SessionConfig & { readonly onConnect?: (client: pg.ClientBase) => Promise<void> } = {
    connectionString: url,
    max,
    application_name: name,
    durable,
    types,
    connectionTimeoutMillis: timeoutMs ?? 10_000,
    ...(timeoutMs === undefined ? {} : { query_timeout: timeoutMs }),
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    // The pool creates its connections with this class and its own config.
    Client: Session as unknown as new () => pg.ClientBase,
    ...(run ? { onConnect: run.connected } : {}),
  };
  const pool = run ? new PoolOfOneRun(config, run) : new pg.Pool(config);
  // The pool drops a broken idle connection and opens another one on demand; the query then reports a failure.
  pool.on('error', () => undefined);
  return pool;
}

/**
 * One connection of its own, for LISTEN and session locks; its commits do not wait for the disk. The caller closes it.
 */
export function openClient(url: string, name: string): pg.Client {
  return new Session({
    connectionString: url,
    application_name: name,
    durable: false,
    types,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
  });
}

/** One statement with its time of waiting for a connection and of running, in milliseconds. */
export async function timedQuery<R extends pg.QueryResultRow>(
  pool: pg.Pool,
  query: pg.QueryConfig,
): Promise<{ result: pg.QueryResult<R>; waitMs: number; queryMs: number }> {
  const asked = performance.now();
  const client = await pool.connect();
  const had = performance.now();
  let broken: Error | undefined;
  try {
    const result = await client.query<R>(query);
    return { result, waitMs: had - asked, queryMs: performance.now() - had };
  } catch (error) {
    // An error from the database itself leaves the connection usable.
    if (!(error instanceof pg.DatabaseError)) broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}

/**
 * Runs `work` in one transaction: all of it is stored, or none. A broken connection is not returned to the pool.
 * @param begin the first statement, such as `BEGIN` and settings for it
 */
export async function transaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  begin = 'BEGIN',
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((cause: Error) => (broken = cause));
    throw error;
  } finally {
    client.release(broken);
  }
}
