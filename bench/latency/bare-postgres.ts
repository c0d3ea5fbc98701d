import { performance } from 'node:perf_hooks';
import pg from 'pg';

/**
 * The lower bound of every durable write: one row of a message's size, committed by itself, on one connection.
 * Milliseconds each.
 */
export async function bareCommits(databaseUrl: string, count: number): Promise<readonly number[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('CREATE TABLE IF NOT EXISTS bench_bare (id bigserial PRIMARY KEY, body text NOT NULL)');
    const taken: number[] = [];
    for (let index = 0; index < count; index++) {
      const begun = performance.now();
      await client.query({
        name: 'bare',
        text: 'INSERT INTO bench_bare (body) VALUES ($1)',
        values: [`hello ${index}`.padEnd(120, '.')],
      });
      taken.push(performance.now() - begun);
    }
    return taken;
  } finally {
    await client.end();
  }
}
