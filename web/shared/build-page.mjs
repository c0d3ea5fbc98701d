import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
const clientPackage = (name) => join(root, 'packages/client/src', `${name}.ts`);

async function compress(file) {
  const content = await readFile(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content, { params }));
  await writeFile(`${file}.gz`, await promisify(gzip)(content));
}

/**
 * Builds `web/NAME` into `dist/web/NAME`: the page, its scripts and styles, and each of them compressed. The page loads
 * nothing else; `src/server/http/web-page.ts` serves it below `/NAME/`.
 */
export async function buildPage(name) {
  const output = join(root, 'dist/web', name);
  // Built aside and moved into place, so that what is served is never half a build.
  const building = `${output}.${process.pid}`;
  try {
    await mkdir(building, { recursive: true });
    await build({
      root: join(root, 'web', name),
      configFile: false,
      logLevel: 'error',
      base: `/${name}/`,
      resolve: {
        alias: [
          { find: '@madang/client/apollo', replacement: clientPackage('apollo') },
          { find: '@madang/client', replacement: clientPackage('index') },
        ],
      },
      build: {
        outDir: building,
        emptyOutDir: true,
        target: 'es2022',
        // Nothing inline: the page's policy forbids it.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
      },
    });
    const files = await readdir(join(building, 'assets'));
    await Promise.all(
      [join(building, 'index.html'), ...files.map((file) => join(building, 'assets', file))].map(compress),
    );
    await rm(output, { recursive: true, force: true });
    await rename(building, output);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}
