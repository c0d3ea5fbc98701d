import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = process.cwd();

/** As an empty project has it that installed the packed tarball: packages that it depends on are the checkout's. */
async function install(into: string): Promise<readonly string[]> {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', into], {
    cwd: ROOT,
    maxBuffer: 64 << 20,
  });
  const [packed] = JSON.parse(stdout) as readonly [{ readonly filename: string; readonly files: { path: string }[] }];
  const modules = join(into, 'node_modules');
  await mkdir(join(modules, 'madang'), { recursive: true });
  await run('tar', ['-xzf', join(into, packed.filename), '-C', join(modules, 'madang'), '--strip-components=1']);
  for (const name of await readdir(join(ROOT, 'node_modules')))
    if (!name.startsWith('.')) await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  return packed.files.map(({ path }) => path);
}

test('the packed engine, its testing module and the server can be imported, with types', async () => {
  const project = await mkdtemp(join(tmpdir(), 'madang-package-'));
  try {
    const files = await install(project);
    expect(files).toEqual(expect.arrayContaining(['package.json', 'dist/engine/index.js', 'dist/engine/index.d.ts']));
    expect(files.some((path) => path.startsWith('prisma/migrations/'))).toBe(true);
    expect(files.filter((path) => /\.test\.|^(src|test|bench|var|node_modules)\/|\.stamps|\.env/.test(path))).toEqual(
      [],
    );

    const domain = (await readFile(join(ROOT, 'examples/auction/domain.ts'), 'utf8')).replace(/^\/\*\*.*\n/, '');
    await writeFile(join(project, 'package.json'), '{ "type": "module" }');
    await writeFile(join(project, 'domain.ts'), domain);
    await writeFile(
      join(project, 'index.ts'),
      `import { createHttpServer, createDevTokens } from 'madang/server';
import { openEngine, userId } from 'madang/engine';
import { given } from 'madang/engine/testing';
import { auction, placeBid } from './domain.js';
// @ts-expect-error A domain is needed.
const wrong: Parameters<typeof openEngine>[0] = { databaseUrl: 'postgres://x' };
const decided = given().when(placeBid, { lotId: 'vase', amount: 1 }, { by: userId('ann') });
const made = [typeof openEngine, typeof createHttpServer, typeof createDevTokens];
console.log(JSON.stringify([...made, auction.events.types, decided.outcome, wrong.databaseUrl]));
`,
    );
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = ['--module', 'nodenext', '--target', 'es2023', '--strict', '--skipLibCheck', '--types', 'node'];
    await run(process.execPath, [compiler, ...options, 'index.ts'], { cwd: project }).catch((error: unknown) => {
      throw new Error(String((error as { stdout?: unknown }).stdout), { cause: error });
    });
    const { NODE_OPTIONS: _, ...env } = process.env;
    const { stdout } = await run(process.execPath, ['index.js'], { cwd: project, env });
    expect(JSON.parse(stdout)).toEqual([
      'function',
      'function',
      'function',
      ['LotOpened', 'BidPlaced'],
      'rejected',
      'postgres://x',
    ]);
  } finally {
    await rm(project, { recursive: true, force: true });
  }
}, 120_000);
