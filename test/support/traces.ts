import type pg from 'pg';
import type { RedisConnection } from '../../src/engine/redis/client.js';

/** The tables with any of these texts, in any column of any row. */
export async function tracesIn(pool: pg.Pool, secrets: readonly string[]): Promise<readonly string[]> {
  const { rows: tables } = await pool.query<{ schema: string; name: string }>(
    'SELECT table_schema AS schema, table_name AS name FROM information_schema.tables ' +
      "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE' " +
      'ORDER BY 1, 2',
  );
  const found: string[] = [];
  for (const { schema, name } of tables) {
    const { rowCount } = await pool.query(
      `SELECT FROM "${schema}"."${name}" t WHERE to_jsonb(t)::text ILIKE ANY($1::text[]) LIMIT 1`,
      [secrets.map((secret) => `%${secret}%`)],
    );
    if (rowCount) found.push(schema === 'public' ? name : `${schema}.${name}`);
  }
  return found;
}

/** The keys of a deployment in Redis with any of these texts in their name or value. */
export async function tracesInRedis(
  redis: RedisConnection,
  logId: string,
  secrets: readonly string[],
): Promise<readonly string[]> {
  return redis.ask(async (client) => {
    const keys = await client.keys(`*${logId}*`);
    const contents = await Promise.all(
      keys.map(async (key) => `${key} ${JSON.stringify(await contentOf(client, key))}`),
    );
    return contents.filter((content) => secrets.some((secret) => content.toLowerCase().includes(secret.toLowerCase())));
  });
}

type Client = Parameters<Parameters<RedisConnection['ask']>[0]>[0];

async function contentOf(client: Client, key: string): Promise<unknown> {
  const type = await client.type(key);
  switch (type) {
    case 'string':
      return client.get(key);
    case 'hash':
      return client.hgetall(key);
    case 'set':
      return client.smembers(key);
    case 'zset':
      return client.zrange(key, 0, '-1');
    case 'list':
      return client.lrange(key, 0, -1);
    case 'none':
      return null;
    default:
      throw new Error(`${key} is a ${type}: say here how to look into it`);
  }
}
