import { readFile } from 'node:fs/promises';
import { createTestDatabase } from '../support/database.js';

test('the indexes that docs/sizing.md builds anew exist, and are built concurrently', async () => {
  const [, block = ''] = /```sql\n([^`]*)```/.exec(await readFile('docs/sizing.md', 'utf8')) ?? [];
  const statements = block
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  expect(statements).toHaveLength(5);
  await using database = await createTestDatabase();
  const { pool } = database;
  const filenodes = async (): Promise<readonly unknown[]> => {
    const names = statements.map((text) => /CONCURRENTLY (\w+);/.exec(text)?.[1]);
    const text = 'SELECT relname, relfilenode FROM pg_class WHERE relname = ANY($1) ORDER BY relname';
    return (await pool.query<{ relfilenode: unknown }>(text, [names])).rows.map(({ relfilenode }) => relfilenode);
  };
  const before = await filenodes();
  expect(before).toHaveLength(5);
  for (const statement of statements) await pool.query(statement);
  const after = await filenodes();
  expect(after.filter((node, n) => node === before[n])).toEqual([]);
});
