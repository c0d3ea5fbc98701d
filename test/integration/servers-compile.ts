import { readdir, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The server modules for a plain Node.js process, in a tree like `dist`. */
export async function compileServers(into: string): Promise<string> {
  const source = join(root, 'src/embedded');
  const folder = join(into, 'dist/embedded');
  await mkdir(folder, { recursive: true });
  await writeFile(join(into, 'package.json'), '{"type":"module"}');
  await Promise.all(['node_modules', 'ops'].map((name) => symlink(join(root, name), join(into, name))));
  for (const file of await readdir(source)) {
    if (file.includes('.test.')) continue;
    const { code } = await transformFile(join(source, file), {
      swcrc: false,
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
    });
    await writeFile(join(folder, file.replace(/\.ts$/, '.js')), code);
  }
  return folder;
}
