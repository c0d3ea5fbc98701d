import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { lacksOutput } = (await import(new URL('../scripts/prepare.mjs', import.meta.url).href)) as {
  lacksOutput(source: string, output: string): boolean;
};

test('a missing output is noticed in any folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'madang-prepare-'));
  const [source, output] = [join(folder, 'src'), join(folder, 'dist')];
  try {
    for (const made of [source, output]) await mkdir(join(made, 'deep'), { recursive: true });
    const write = (...files: readonly string[]) => Promise.all(files.map((file) => writeFile(file, '')));
    await write(
      ...['a.ts', 'deep/b.ts', 'deep/c.sql', 'd.d.ts', 'e.md', 'a.unit.test.ts'].map((file) => join(source, file)),
    );
    await write(...['a.js', 'deep/b.js', 'deep/c.sql'].map((file) => join(output, file)));
    expect(lacksOutput(source, output)).toBe(false);
    for (const gone of ['deep/b.js', 'deep/c.sql', 'a.js']) {
      await rm(join(output, gone));
      expect(lacksOutput(source, output)).toBe(true);
      await write(join(output, gone));
    }
    await rm(output, { recursive: true });
    expect(lacksOutput(source, output)).toBe(true);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

// A part that `prepare` still misses after a build would be built again for ever.
test.each(['tsconfig.build.json', 'tsconfig.bench.json', 'tsconfig.faults.json'])(
  '%s compiles all of src',
  async (name) => {
    const text = await readFile(new URL(`../${name}`, import.meta.url), 'utf8');
    expect((JSON.parse(text) as { readonly include: readonly string[] }).include).toContain('src');
  },
);
