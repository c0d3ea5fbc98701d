import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface DatabaseRole extends AsyncDisposable {
  /** The URL of the database for this role. */
  readonly url: string;
  readonly name: string;
}

async function on(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * A role of its own with these defaults, which owns all objects in a test's database. Dispose of it before the
 * database.
 */
export async function createRole(
  database: string,
  settings: Readonly<Record<string, string>> = {},
  attributes = 'SUPERUSER',
): Promise<DatabaseRole> {
  const name = `madang_test_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await on(
    database,
    `CREATE ROLE ${name} LOGIN ${attributes} PASSWORD '${password}'`,
    ...Object.entries(settings).map(([key, value]) => `ALTER ROLE ${name} SET ${key} = ${value}`),
  );
  return {
    name,
    url: Object.assign(new URL(database), { username: name, password }).href,
    [Symbol.asyncDispose]: () => on(database, `DROP OWNED BY ${name}`, `DROP ROLE ${name}`),
  };
}
