import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import pg from 'pg';
import { goLast } from '../support/go-last.js';
import type { Press, Pressed } from './presses.js';

// The same presses without a queue: every press is a transaction of its own, straight to the database, as a first
// version would be written.

const { databaseUrl, connections, timeoutMs, stock, presses } = workerData as {
  readonly databaseUrl: string;
  readonly connections: number;
  readonly timeoutMs: number;
  readonly stock: number;
  readonly presses: readonly Press[];
};

goLast();

const pool = new pg.Pool({
  connectionString: databaseUrl,
  max: connections,
  connectionTimeoutMillis: timeoutMs,
  statement_timeout: timeoutMs,
});
await pool.query('CREATE TABLE naive_campaign (stock integer NOT NULL, issued integer NOT NULL)');
await pool.query(
  'CREATE TABLE naive_gifticons (user_id text PRIMARY KEY, nth integer NOT NULL UNIQUE, ' +
    'at timestamptz NOT NULL DEFAULT now())',
);
await pool.query('INSERT INTO naive_campaign VALUES ($1, 0)', [stock]);
await Promise.all(Array.from({ length: connections }, () => pool.query('SELECT pg_sleep(0.05)')));

async function issue(userId: string): Promise<string> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const { rows } = await client.query<{ stock: number; issued: number }>(
      'SELECT stock, issued FROM naive_campaign FOR UPDATE',
    );
    const { stock: all, issued } = rows[0]!;
    const had = await client.query('SELECT 1 FROM naive_gifticons WHERE user_id = $1', [userId]);
    if (had.rowCount !== 0 || issued >= all) {
      await client.query('ROLLBACK');
      return issued >= all ? 'SOLD_OUT' : 'REJECTED';
    }
    await client.query('INSERT INTO naive_gifticons (user_id, nth) VALUES ($1, $2)', [userId, issued + 1]);
    await client.query('UPDATE naive_campaign SET issued = issued + 1');
    await client.query('COMMIT');
    return 'ISSUED';
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

async function press(index: number, due: number): Promise<Pressed> {
  const late = new Promise<never>((_resolve, reject) =>
    setTimeout(() => reject(new Error('no answer in time')), timeoutMs).unref(),
  );
  try {
    const answer = await Promise.race([issue(presses[index]!.userId), late]);
    return { index, ms: performance.now() - due, answer, error: null };
  } catch (error) {
    return {
      index,
      ms: performance.now() - due,
      answer: 'ERROR',
      error: error instanceof Error ? error.message : String(error),
    };
  }
}

parentPort!.once('message', () => {
  const begun = performance.now() + 20;
  const order = presses.map((_, index) => index).sort((a, b) => presses[a]!.atMs - presses[b]!.atMs);
  const answers: Promise<Pressed>[] = [];
  const timer = setInterval(() => {
    const now = performance.now() - begun;
    while (answers.length < order.length && presses[order[answers.length]!]!.atMs <= now) {
      const index = order[answers.length]!;
      answers.push(press(index, begun + presses[index]!.atMs));
    }
    if (answers.length < order.length) return;
    clearInterval(timer);
    void Promise.all(answers).then(async (result) => {
      parentPort!.postMessage({ result });
      await pool.end();
      parentPort!.close();
    });
  }, 1);
});
parentPort!.postMessage({ ready: true });
