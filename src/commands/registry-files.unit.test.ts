import { readdir, readFile } from 'node:fs/promises';
import { COMMANDS } from './registry.js';

const folder = new URL('.', import.meta.url);

test('no command is left out: each has a file of its own, named after it', async () => {
  const files = (await readdir(folder, { recursive: true })).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  );
  const defined = await Promise.all(
    files.map(async (file) => {
      const types = [...(await readFile(new URL(file, folder), 'utf8')).matchAll(/defineCommand\(\{\s*type: '(\w+)'/g)];
      return types.map(([, type]) => ({ type: type!, file }));
    }),
  );
  const kebab = (type: string): string => type.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  expect(
    defined
      .flat()
      .map(({ type }) => type)
      .sort(),
  ).toEqual(Object.keys(COMMANDS).sort());
  for (const { type, file } of defined.flat()) {
    const [aggregate, name] = file.split('/');
    // The name may leave out the folder's name.
    expect([`${kebab(type)}.ts`, `${kebab(type).replace(`-${aggregate}-`, '-')}.ts`]).toContain(name);
  }
});
