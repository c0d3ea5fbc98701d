/**
 * Makes a checkout runnable: packages, the generated Prisma client, `dist/`, the client package, the web pages. Uses
 * nothing but Node.js, since it runs before anything is installed. When all is up to date it only compares file times,
 * which takes milliseconds.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeLists } from './lists.mjs';
import { withLock } from './lock.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => resolve(root, ...parts);
const stampFile = at('dist/.stamps.json');
export const generated = at('src/projections/prisma');

/** A step failed; its output has been shown. */
export class StepFailed extends Error {
  constructor(title, expected) {
    super(`${title} failed`);
    this.expected = expected;
  }
}

const hash = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16);
const contentHash = (file) => (existsSync(file) ? hash(readFileSync(file)) : 'none');

function* filesUnder(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (path === generated || entry.name === 'node_modules') continue;
    if (entry.isDirectory()) yield* filesUnder(path);
    else if (!/\.test\.ts$/.test(entry.name)) yield path;
  }
}

/** Changes when a file is added, removed or written to. */
function treeHash(...paths) {
  const lines = paths.flatMap((path) => {
    const full = at(path);
    const files =
      existsSync(full) && statSync(full).isDirectory()
        ? [...filesUnder(full)]
        : [full].filter((file) => existsSync(file));
    return files.map((file) => {
      const { size, mtimeMs } = statSync(file);
      return `${relative(root, file)} ${size} ${mtimeMs}`;
    });
  });
  return hash(lines.sort().join('\n'));
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

/** Undefined removes the stamp: removed before a step, so that a step that was killed half-way is repeated. */
function writeStamp(name, value) {
  const temporary = `${stampFile}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify({ ...readStamps(), [name]: value }));
  renameSync(temporary, stampFile);
}

/**
 * Whether the packages that npm recorded as installed cover the lock file. Packages for other platforms are optional.
 */
function packagesComplete(withDev) {
  try {
    const wanted = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages;
    const present = JSON.parse(readFileSync(at('node_modules/.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(([path, { version, optional, devOptional, peer, dev }]) => {
      if (path === '') return true;
      const found = present[path];
      if (found !== undefined) return found.version === version;
      return optional === true || devOptional === true || peer === true || (dev === true && !withDev);
    });
  } catch {
    return false;
  }
}

/** The folders of `web/` that are built: `web/X/build.mjs` makes `dist/web/X`. */
const pages = () =>
  existsSync(at('web')) ? readdirSync(at('web')).filter((name) => existsSync(at('web', name, 'build.mjs'))) : [];

/** Whether a source has no output, such as after a part of the folder was deleted. */
export function lacksOutput(sourceFolder, outputFolder) {
  for (const file of filesUnder(at(sourceFolder))) {
    if (/\.(d\.ts|md)$/.test(file)) continue;
    const output = relative(at(sourceFolder), file).replace(/\.ts$/, '.js');
    if (!existsSync(join(at(outputFolder), output))) return true;
  }
  return false;
}

/** Each step: the condition for it, and its work, in this order. A stamp holds the input of the step's last run. */
function steps({ dev, bench, faults, examples }) {
  const lock = contentHash(at('package-lock.json'));
  const sources = () => hash(lock + treeHash('src', 'prisma', 'tsconfig.json', 'tsconfig.build.json'));
  const all = [
    {
      name: 'packages',
      title: 'installing packages',
      key: () =>
        hash(lock + contentHash(at('node_modules/.package-lock.json')) + String(dev || bench || faults || examples)),
      alreadyDone: () => packagesComplete(dev || bench || faults || examples || readStamps().build !== sources()),
      run: installPackages,
    },
    {
      name: 'prisma',
      title: 'generating the Prisma client',
      key: () =>
        hash(lock + contentHash(at('prisma/schema.prisma')) + String(existsSync(join(generated, 'client.ts')))),
      when: () => existsSync(at('prisma/schema.prisma')),
      run: () => node('node_modules/prisma/build/index.js', ['generate'], prismaEnvironment()),
    },
    {
      name: 'lists',
      title: 'listing commands, read models and resolvers',
      key: () => treeHash('src/commands', 'src/projections', 'src/schema', 'scripts/lists.mjs'),
      run: writeLists,
    },
    {
      name: 'build',
      title: 'building dist',
      key: sources,
      lacks: () => lacksOutput('src', 'dist'),
      run: () => compile('tsconfig.build.json', 'src', 'dist'),
    },
    {
      name: 'client',
      title: 'building packages/client',
      key: () => hash(lock + treeHash('packages/client/src', 'packages/client/tsconfig.json', 'tsconfig.json')),
      lacks: () => lacksOutput('packages/client/src', 'packages/client/dist'),
      run: () => compile('packages/client/tsconfig.json', 'packages/client/src', 'packages/client/dist'),
    },
    ...pages().map((page) => ({
      name: `web/${page}`,
      title: `building web/${page}`,
      key: () =>
        hash(
          lock +
            treeHash(`web/${page}`, 'web/shared', 'packages/client/src') +
            String(existsSync(at('dist/web', page))),
        ),
      run: () => node(`web/${page}/build.mjs`, []),
    })),
    {
      name: 'bench',
      title: 'building the benchmarks',
      key: () => hash(sources() + treeHash('bench', 'test/support', 'tsconfig.bench.json')),
      when: () => bench && existsSync(at('tsconfig.bench.json')),
      lacks: () => lacksOutput('src', 'dist-bench/src'),
      run: () => compile('tsconfig.bench.json', 'src', 'dist-bench/src'),
    },
    {
      name: 'faults',
      title: 'building the fault harness',
      key: () => hash(sources() + treeHash('test/faults', 'test/support', 'tsconfig.faults.json')),
      when: () => faults,
      lacks: () => lacksOutput('src', 'dist-faults/src'),
      run: () => compile('tsconfig.faults.json', 'src', 'dist-faults/src'),
    },
    {
      name: 'examples',
      title: 'building the examples',
      key: () => hash(sources() + treeHash('examples', 'tsconfig.examples.json')),
      when: () => examples,
      run: () => compile('tsconfig.examples.json', 'examples', 'dist-examples'),
    },
  ];
  return all.filter((step) => step.when === undefined || step.when());
}

/** `prisma generate` would download an engine that it then does not use; any program that exits with 0 replaces it. */
function prismaEnvironment() {
  const standIn = ['/bin/true', '/usr/bin/true'].find((file) => existsSync(file));
  return {
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    ...(standIn && { PRISMA_SCHEMA_ENGINE_BINARY: standIn }),
  };
}

const node = (script, args, env = {}) => run(process.execPath, [at(script), ...args], env);

/**
 * No package's own script runs: none of ours needs one, and some would download. Where `npm ci` refuses a lock that is
 * not complete for every platform, `npm install` uses the lock as far as it goes, and does not change it.
 */
async function installPackages() {
  const options = [
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  try {
    await npm(['ci', ...options], /\bEUSAGE\b/);
  } catch (error) {
    if (!error.expected) throw error;
    await npm(['install', '--no-save', ...options]);
  }
}

/** The npm that started this process, if one did: npm need not be on the PATH. */
function npm(args, expected) {
  const cli = process.env.npm_execpath;
  return cli?.endsWith('npm-cli.js')
    ? run(process.execPath, [cli, ...args], {}, expected)
    : run('npm', args, {}, expected);
}

/** Compiles, copies the other files (SQL, Lua), and removes the output of deleted sources. */
async function compile(project, sourceFolder, outputFolder) {
  // tsc does not write an output again that it has recorded as written.
  if (lacksOutput(sourceFolder, outputFolder)) rmSync(at(outputFolder.split('/')[0], '.tsbuildinfo'), { force: true });
  await node('node_modules/typescript/bin/tsc', ['-p', project]);
  const source = at(sourceFolder);
  const output = at(outputFolder);
  for (const file of filesUnder(source)) {
    if (/\.(ts|md)$/.test(file)) continue;
    const target = join(output, relative(source, file));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(file, target);
  }
  for (const file of filesUnder(output)) {
    const origin = relative(output, file).replace(/\.(js(\.map)?|d\.ts)$/, '.ts');
    // The web pages and our own notes (dot files) in dist come from other steps.
    const ours = !origin.startsWith('.') && !origin.startsWith(`web${sep}`);
    if (ours && !existsSync(join(source, origin))) rmSync(file);
  }
}

let child;

/** The output of a step is shown only when the step fails without the `expected` text. */
function run(file, args, env = {}, expected = undefined) {
  return new Promise((resolve, reject) => {
    const output = [];
    child = spawn(file, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      child = undefined;
      if (code === 0) return resolve();
      const said = Buffer.concat(output).toString().trimEnd();
      const failure = new StepFailed(
        `${[file, ...args].join(' ').replaceAll(`${root}${sep}`, '')} (${signal ?? `status ${code}`})`,
        expected?.test(said) === true,
      );
      if (!failure.expected) process.stderr.write(`\n${said}\n`);
      return reject(failure);
    });
  });
}

/** Whether a step is needed now. Records steps that were done elsewhere, such as an `npm ci` by hand. */
function isNeeded(step) {
  if (readStamps()[step.name] === step.key() && step.lacks?.() !== true) return false;
  if (step.alreadyDone?.() !== true) return true;
  writeStamp(step.name, step.key());
  return false;
}

async function perform(step, out) {
  const begun = performance.now();
  out.write(`${step.title} … `);
  writeStamp(step.name, undefined);
  // Sources that change during the build make it outdated again, so their state is taken before.
  const before = ['build', 'client', 'bench', 'faults', 'examples'].includes(step.name) ? step.key() : undefined;
  try {
    await step.run();
  } catch (error) {
    out.write('failed\n');
    throw error;
  }
  writeStamp(step.name, before ?? step.key());
  out.write(`${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
}

/**
 * Makes all missing or outdated parts; safe when two processes do it at once. `dev` adds the parts for tests and
 * checks, `bench` the benchmarks, `faults` the fault harness, `examples` the examples. Progress goes to `out`, a line a
 * step.
 */
export async function prepare({
  dev = false,
  bench = false,
  faults = false,
  examples = false,
  out = process.stdout,
} = {}) {
  mkdirSync(at('dist'), { recursive: true });
  const pending = () => steps({ dev, bench, faults, examples }).filter(isNeeded);
  if (pending().length === 0) return;
  const interrupted = (signal) => {
    child?.kill(signal);
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    await withLock(at('dist/.prepare.lock'), out, async () => {
      // One at a time, with a new check each time: a step changes the input of the next one.
      for (let [next] = pending(); next !== undefined; [next] = pending()) await perform(next, out);
    });
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

/** For the scripts: prepares, or ends the process with one line about the failure. */
export async function prepareOrExit(options) {
  try {
    await prepare(options);
  } catch (error) {
    const hint = error instanceof StepFailed ? '; what it said stands above' : '';
    process.stderr.write(`madang: the checkout could not be prepared: ${error.message}${hint}\n`);
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = (what) => process.argv.includes(`--${what}`);
  await prepareOrExit({ dev: asked('dev'), bench: asked('bench'), examples: asked('dev') });
}
