/**
 * `npm run image`: runs the steps of the Dockerfile in a clean folder, since no image can be built where Madang is
 * tested, and starts the result as another user, with servers of its own. Ends with status 1 if anything is not as the
 * image promises. Takes a minute or two, and the registry of npm.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { buildWithoutDocker } from './dockerfile.mjs';
import { prepareOrExit, root } from './prepare.mjs';

const execute = promisify(execFile);
const MAX_MEGABYTES = 150;
/** The user `nobody`, which is everywhere; the image has `node` in its place. */
const NOBODY = 65_534;
const SECRET = 'a secret for this one start alone, made of words';

const say = (line) => process.stdout.write(`${line}\n`);
const check = (holds, what) => {
  say(`${holds ? 'ok' : 'FAILED'}: ${what}`);
  if (!holds) process.exitCode = 1;
};

await prepareOrExit({ out: process.stderr });
const built = await mkdtemp(join(tmpdir(), 'madang-image-'));
const data = await mkdtemp(join(tmpdir(), 'madang-image-data-'));
const servers = [];
try {
  await chmod(built, 0o755);
  const image = await buildWithoutDocker({
    dockerfile: await readFile(join(root, 'Dockerfile'), 'utf8'),
    ignore: await readFile(join(root, '.dockerignore'), 'utf8'),
    context: root,
    root: built,
    buildArgs: { COMMIT: 'c0ffee' },
    say,
  });
  const { stdout } = await execute('du', ['-sm', image.folder]);
  const megabytes = Number.parseInt(stdout, 10);
  check(megabytes < MAX_MEGABYTES, `${megabytes} MB of files beside Node.js, below ${MAX_MEGABYTES}`);
  check(image.user === 'node', 'the image does not run as root');
  await start(image);
} finally {
  for (const server of servers) await server.stop();
  for (const folder of [built, data]) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

async function start({ folder, env, command, health }) {
  const { createLogger } = await import(pathToFileURL(join(root, 'dist/engine/index.js')).href);
  const own = async (name, open) => {
    const module = await import(pathToFileURL(join(root, `dist/embedded/${name}.js`)).href);
    const server = await module[open]({ dataDir: data, log: createLogger({ level: 'warn' }) });
    servers.push(server);
    return server.url;
  };
  const { chooseFreePort } = await import(pathToFileURL(join(root, 'dist/embedded/ports.js')).href);
  const database = new URL(await own('postgres', 'startPostgres'));
  // Over TCP, as from a container: another user does not get at the socket in a temporary folder.
  database.searchParams.delete('host');
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  if (!isRoot) say('not as root: the program runs as this user, and not as another one');
  const environment = {
    PATH: process.env.PATH,
    ...env,
    PORT: String(await chooseFreePort()),
    DATABASE_URL: database.href,
    REDIS_URL: await own('redis', 'startRedis'),
    AUTH_MODE: 'jwt',
    AUTH_JWT_SECRET: SECRET,
  };
  const inside = (words) =>
    spawn(words[0], words.slice(1), { cwd: folder, env: environment, ...user, stdio: ['ignore', 'pipe', 'pipe'] });
  const program = inside(command);
  let output = '';
  for (const stream of [program.stdout, program.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exited = once(program, 'exit');
  const ends = async (child) => (await once(child, 'exit'))[0];
  try {
    await Promise.race([
      ready(() => output),
      exited.then(() => Promise.reject(new Error(`it ended before it served:\n${output}`))),
    ]);
    const url = `http://127.0.0.1:${environment.PORT}`;
    check((await ends(inside(health))) === 0, `its health check passes: ${health.at(-1)}`);
    check((await fetch(`${url}/readyz`)).status === 200, 'it is ready');
    check((await (await fetch(url)).text()).includes('<!doctype html>'), 'it serves the web client');
    const metrics = await (await fetch(`${url}/metrics`)).text();
    check(/madang_build_info\{[^}]*commit="c0ffee"/.test(metrics), 'it knows its commit');
    const tool = inside(['bin/madang', 'projections', 'list', '--json']);
    check((await ends(tool)) === 0, 'bin/madang works in it');
    program.kill('SIGTERM');
    check((await exited)[0] === 0, 'it stops when it is told to');
    check((await ends(inside(health))) !== 0, 'its health check fails then');
    const { stdout } = await execute('find', [folder, '-user', String(NOBODY)]);
    check(stdout === '', 'it has written no file');
  } finally {
    program.kill('SIGKILL');
  }
}

async function ready(output) {
  const end = Date.now() + 60_000;
  while (!output().includes('"msg":"ready"')) {
    if (Date.now() > end) throw new Error(`it did not serve within a minute:\n${output()}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
