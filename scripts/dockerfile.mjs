/**
 * Reads a Dockerfile, as far as ours goes: comments, continued lines, the JSON form of CMD, and no heredocs. Runs its
 * steps without Docker: a stage becomes a folder, and a path in the image a path in it.
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, readdir } from 'node:fs/promises';
import { existsSync, statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';

/** @returns {{ name: string, rest: string }[]} the instructions, in order */
export function parseDockerfile(text) {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '');
  return lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name, rest] = /^\s*([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      if (!name) throw new Error(`not an instruction of a Dockerfile: ${line}`);
      return { name, rest: rest.trim() };
    });
}

/** The stages: a name (or number), and their instructions after FROM. */
export function stagesOf(text) {
  const stages = [];
  for (const instruction of parseDockerfile(text)) {
    if (instruction.name === 'FROM') {
      const [, image, alias] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(instruction.rest) ?? [];
      if (!image) throw new Error(`not a FROM: ${instruction.rest}`);
      stages.push({ name: alias ?? String(stages.length), image, instructions: [] });
    } else stages.at(-1).instructions.push(instruction);
  }
  return stages;
}

/** Whether a path of the context gets to the builder: the last matching line decides. */
export function contextFilter(ignoreText) {
  const rules = ignoreText
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const kept = line.startsWith('!');
      const pattern = (kept ? line.slice(1) : line)
        .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll(/^\*\*\/|\/\*\*\/|\*\*|\*|\?/g, (glob) => {
          if (glob === '**/') return '(?:.*/)?';
          if (glob === '/**/') return '/(?:.*/)?';
          return glob === '**' ? '.*' : glob === '*' ? '[^/]*' : '[^/]';
        });
      // A rule about a folder is one about everything in it.
      return { kept, matches: new RegExp(`^${pattern}(?:/.*)?$`) };
    });
  return (path) => rules.reduce((sent, { kept, matches }) => (matches.test(path) ? kept : sent), true);
}

const keyValues = (text) =>
  Object.fromEntries(
    Array.from(text.matchAll(/(\w[\w.]*)=("[^"]*"|\S*)/g), ([, key, value]) => [key, value.replaceAll('"', '')]),
  );

/**
 * Runs the steps of every stage below `root`.
 * @returns the folder of the last stage's WORKDIR, with its ENV, USER, CMD and HEALTHCHECK
 */
export async function buildWithoutDocker({ dockerfile, ignore, context, root, buildArgs = {}, say = () => {} }) {
  const roots = new Map();
  let last;
  for (const stage of stagesOf(dockerfile)) {
    const own = join(root, stage.name);
    roots.set(stage.name, own);
    last = { own, workdir: '/', env: {}, args: {}, user: 'root', command: null, health: null };
    await mkdir(own, { recursive: true });
    for (const { name, rest } of stage.instructions) {
      say(`${stage.name}: ${name} ${rest}`);
      await step(last, name, rest, { roots, context, sent: contextFilter(ignore), buildArgs });
    }
  }
  return { folder: join(last.own, last.workdir), ...last };
}

async function step(stage, name, rest, { roots, context, sent, buildArgs }) {
  switch (name) {
    case 'WORKDIR':
      stage.workdir = rest;
      return void (await mkdir(join(stage.own, rest), { recursive: true }));
    case 'ENV':
      return void Object.assign(stage.env, keyValues(rest));
    case 'ARG': {
      const [key, value = ''] = rest.split('=');
      return void (stage.args[key] = buildArgs[key] ?? value);
    }
    case 'USER':
      return void (stage.user = rest);
    case 'COPY':
      return copy(stage, rest, { roots, context, sent });
    case 'RUN':
      return run(rest, join(stage.own, stage.workdir), { ...stage.env, ...stage.args });
    case 'CMD':
      return void (stage.command = JSON.parse(rest));
    case 'HEALTHCHECK':
      return void (stage.health = JSON.parse(/CMD (.*)$/.exec(rest)[1]));
    case 'LABEL':
    case 'EXPOSE':
      return;
    default:
      throw new Error(`${name} is not known here`);
  }
}

async function copy(stage, rest, { roots, context, sent }) {
  const words = rest.split(/\s+/);
  const from = words[0].startsWith('--from=') ? roots.get(words.shift().slice('--from='.length)) : null;
  if (from === undefined) throw new Error(`COPY from a stage that is not there: ${rest}`);
  const target = words.pop();
  const here = resolve(join(stage.own, stage.workdir), target);
  const filter = (source) => {
    const path = relative(context, source).split(sep).join('/');
    return from !== null || path === '' || statSync(source).isDirectory() || sent(path);
  };
  for (const word of words) {
    const source = from === null ? join(context, word) : join(from, word);
    if (!existsSync(source)) throw new Error(`COPY of a file that is not there: ${word}`);
    if (from === null && word !== '.' && !statSync(source).isDirectory() && !sent(word))
      throw new Error(`COPY of a file that .dockerignore leaves out: ${word}`);
    const folder = statSync(source).isDirectory();
    const into = !folder && (target.endsWith('/') || words.length > 1) ? join(here, basename(word)) : here;
    // Of a folder Docker copies the contents. Those of the context are filtered one by one: a rule may keep a file in a
    // folder that another rule leaves out.
    if (folder && from === null) await copyContents(source, into, filter);
    else await cp(source, into, { recursive: true, verbatimSymlinks: true });
  }
}

/** Only files that are sent, and no empty folders; never into folders of packages. */
async function copyContents(source, target, filter) {
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.name === '.git' || entry.name === 'node_modules') continue;
    if (entry.isDirectory()) await copyContents(from, to, filter);
    else if (entry.isFile() && filter(from)) await cp(from, to);
  }
}

function run(command, cwd, env) {
  return new Promise((done, failed) => {
    // A builder has nothing of this shell but the way to its programs and to the registry.
    const passed = Object.entries(process.env).filter(([key]) => /^(?:PATH|HOME|npm_config_.*|.*_proxy)$/i.test(key));
    const child = spawn('sh', ['-c', command], {
      cwd,
      env: { ...Object.fromEntries(passed), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('error', failed);
    child.once('close', (code) => (code === 0 ? done() : failed(new Error(`RUN ${command} failed:\n${output}`))));
  });
}
