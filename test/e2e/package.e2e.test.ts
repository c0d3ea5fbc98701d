import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = process.cwd();

/** An empty project with the packed tarball installed; its dependencies are the checkout's. */
async function install(into: string, name: string, ...options: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await run('npm', ['pack', ...options, '--json', '--ignore-scripts', '--pack-destination', into], {
    cwd: ROOT,
    maxBuffer: 64 << 20,
  });
  const [packed] = JSON.parse(stdout) as readonly [{ readonly filename: string; readonly files: { path: string }[] }];
  const modules = join(into, 'node_modules');
  await mkdir(join(modules, name), { recursive: true });
  await run('tar', ['-xzf', join(into, packed.filename), '-C', join(modules, name), '--strip-components=1']);
  for (const each of await readdir(join(ROOT, 'node_modules')))
    if (!each.startsWith('.') && each !== '@madang')
      await symlink(join(ROOT, 'node_modules', each), join(modules, each));
  return packed.files.map(({ path }) => path);
}

/** Compiles the project's index.ts with types checked, and runs it. */
async function compileAndRun(project: string): Promise<string> {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const options = ['--module', 'nodenext', '--target', 'es2023', '--strict', '--skipLibCheck', '--types', 'node'];
  await run(process.execPath, [compiler, ...options, 'index.ts'], { cwd: project }).catch((error: unknown) => {
    throw new Error(String((error as { stdout?: unknown }).stdout), { cause: error });
  });
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { stdout } = await run(process.execPath, ['index.js'], { cwd: project, env });
  return stdout;
}

test('the packed engine, its testing module and the server can be imported, with types', async () => {
  const project = await mkdtemp(join(tmpdir(), 'madang-package-'));
  try {
    const files = await install(project, 'madang');
    expect(files).toEqual(expect.arrayContaining(['package.json', 'dist/engine/index.js', 'dist/engine/index.d.ts']));
    expect(files.some((path) => path.startsWith('prisma/migrations/'))).toBe(true);
    expect(files).toEqual(expect.arrayContaining(['dist/web/client/index.html', 'dist/web/ide/index.html']));
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
    expect(JSON.parse(await compileAndRun(project))).toEqual([
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

test('the packed client package has its modules with types, and nothing else', async () => {
  const project = await mkdtemp(join(tmpdir(), 'madang-client-'));
  try {
    const files = await install(project, '@madang/client', '-w', '@madang/client');
    expect(files.filter((path) => !/^(?:package\.json|dist\/.*(?<!\.test)\.(?:js|d\.ts))$/.test(path))).toEqual([]);
    for (const name of ['index', 'apollo', 'urql', 'graphql-ws'])
      expect(files).toEqual(expect.arrayContaining([`dist/${name}.js`, `dist/${name}.d.ts`]));
    await writeFile(join(project, 'package.json'), '{ "type": "module" }');
    await writeFile(
      join(project, 'index.ts'),
      `import { createMadang } from '@madang/client';
import { connect } from '@madang/client/graphql-ws';
import { overApollo } from '@madang/client/apollo';
import { overUrql } from '@madang/client/urql';
const open = () => connect({ url: 'http://127.0.0.1:4000/graphql', token: 'x' });
// @ts-expect-error A title is needed.
const wrong = () => open().send('createRoom', {});
console.log([createMadang, connect, overApollo, overUrql, wrong].map((each) => typeof each).join());
`,
    );
    expect((await compileAndRun(project)).trim()).toBe('function,function,function,function,function');
  } finally {
    await rm(project, { recursive: true, force: true });
  }
}, 120_000);
