import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const migrations = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
/** Runs that share a server create the template one after the other. */
const TEMPLATE_LOCK = 0x74657374;

async function hashOfMigrations() {
  const hash = createHash('sha256');
  const names = (await readdir(migrations, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  for (const name of names) hash.update(name).update(await readFile(`${migrations}/${name}/migration.sql`));
  return hash.digest('hex').slice(0, 12);
}

export const urlOf = (server, database) => Object.assign(new URL(server), { pathname: `/${database}` }).href;

/** A database with all migrations applied, created once for each state of prisma/migrations. Returns its name. */
export async function ensureTemplate(server) {
  const { migrate } = await import('../../dist/engine/postgres/migrate.js');
  const name = `madang_template_${await hashOfMigrations()}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount) return name;
    // Under another name until it is complete, so that a killed run leaves no half of it behind.
    const draft = `${name}_draft`;
    await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${draft}`);
    const pool = new pg.Pool({ connectionString: urlOf(server, draft), max: 1 });
    try {
      await migrate(pool, migrations);
    } finally {
      await pool.end();
    }
    await client.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
    return name;
  } finally {
    await client.end();
  }
}
