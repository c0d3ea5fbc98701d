import pg from 'pg';
import type { DatabaseRun } from './epochs.js';
import type { SessionConfig } from './session.js';
import { Session } from './session.js';

// Positions and offsets are bigint in the database and stay far below 2^53 in any life of a deployment.
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 && format !== 'binary' ? Number : (pg.types.getTypeParser(oid, format) as never),
};

export interface PoolOptions {
  readonly url: string;
  /** Connections at most. */
  readonly max: number;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  /**
   * False: commits do not wait for the disk. For what can be made again from the record, and is told by its checkpoint
   * how far it is.
   */
  readonly durable?: boolean;
  /** Which run of the database the process knows. Who asked for a connection in an earlier one is refused. */
  readonly run?: DatabaseRun;
}

type Connect = (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void;

/**
 * Gives nobody a connection to another run of the database than the one that was known when it was asked for: what is
 * to be asked or stored may follow from what the earlier one said. A pool by itself would serve those who wait on the
 * next connection that is made.
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

/** A pool whose idle connections may break without ending the process; the caller closes it with `end()`. */
export function openPool({ url, max, name, durable = true, run }: PoolOptions): pg.Pool {
  // The pool waits for what `onConnect` promises, though its types do not say so.
  const config: Omit<pg.PoolConfig, 'onConnect'> &
    SessionConfig & { readonly onConnect?: (client: pg.ClientBase) => Promise<void> } = {
    connectionString: url,
    max,
    application_name: name,
    durable,
    types,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    // The pool makes its connections of this class, with the config that it was given.
    Client: Session as unknown as new () => pg.ClientBase,
    ...(run ? { onConnect: run.connected } : {}),
  };
  const pool = run ? new PoolOfOneRun(config, run) : new pg.Pool(config);
  // The pool drops an idle connection that broke and opens another one on demand: the query that needs it reports what
  // fails then.
  pool.on('error', () => undefined);
  return pool;
}

/**
 * One connection of its own, for LISTEN and for locks that go with it; its commits do not wait for the disk. The caller
 * closes it.
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

/** One statement, with how long it waited for a connection and how long it took from there. Times in milliseconds. */
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
    // What the database itself refuses leaves the connection as it was.
    if (!(error instanceof pg.DatabaseError)) broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}

/**
 * Runs `work` in one transaction: all of it is stored, or none. A connection that broke is not given back to the pool.
 * @param begin what it begins with, such as `BEGIN` and settings for it
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
