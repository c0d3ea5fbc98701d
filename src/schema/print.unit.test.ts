import { readFile, writeFile } from 'node:fs/promises';
import { printApiSchema } from './print.js';

const file = new URL('../../schema.graphql', import.meta.url);

test('schema.graphql equals the decorators (UPDATE_DOCS=1 writes it)', async () => {
  if (process.env.UPDATE_DOCS === '1') await writeFile(file, printApiSchema());
  expect(await readFile(file, 'utf8')).toBe(printApiSchema());
});

test('says which field a hot room throttles', () => {
  expect(printApiSchema()).toMatch(/\n {2}\): MessageConnection! @hotRoom\(away: \["first", "after", "before"\]\)\n/);
});
