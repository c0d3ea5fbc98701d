import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { openPool } from '../../src/engine/postgres/pool.js';

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly pool: pg.Pool;
}

function given(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is missing: run this test in the project "integration", whose setup gives it`);
  return value;
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: given('TEST_POSTGRES_URL') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A database of its own with every migration applied: a clone of the template, dropped on dispose. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `madang_test_${given('TEST_RUN_ID')}_${randomBytes(6).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name} TEMPLATE ${given('TEST_TEMPLATE')} STRATEGY file_copy`);
  const url = Object.assign(new URL(given('TEST_POSTGRES_URL')), { pathname: `/${name}` }).href;
  const pool = openPool({ url, max: 10, name: 'madang-test' });
  return {
    url,
    pool,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}
