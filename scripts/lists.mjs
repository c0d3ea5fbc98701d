/**
 * Writes the lists of what the folders of Madang's features have, so that a new file needs no line elsewhere: the
 * commands, the read models, the resolvers. Run by the build; writes only what has changed. `--check` writes nothing,
 * and fails where a list is out of date.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The topics in the order in which a reader meets them. A topic that is not named here comes last. */
const TOPICS = ['user', 'room', 'membership', 'message', 'reaction', 'hot-room', 'command', 'gifticon', 'admin'];

const placeOf = (topics, { topic }) => (topics.includes(topic) ? topics.indexOf(topic) : topics.length);

/**
 * The files of a topic whose order a reader of the schema sees. Otherwise the file that has the name of its topic comes
 * first, and the others follow by name.
 */
const FILES = {
  admin: [
    'admin.resolver',
    'room.resolver',
    'read-model.resolver',
    'dead-letter.resolver',
    'campaign.resolver',
    'process.resolver',
    'action.resolver',
    'read-model.mutations',
    'dead-letter.mutations',
    'room.mutations',
    'campaign.mutations',
  ],
};

function placeInTopic({ path, topic }) {
  const name = path.split('/').at(-1).replace(/\.ts$/, '');
  const named = FILES[topic] ?? [`${topic}.resolver`];
  return named.includes(name) ? named.indexOf(name) : named.length;
}

/** The sources of the topics under a folder of `src/`, by topic and then by name. */
function sourcesIn(folder, topics = TOPICS) {
  const base = join(root, 'src', folder);
  return readdirSync(base, { recursive: true })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.includes('/') && /(?<!\.test)\.ts$/.test(path) && !/^(generated|prisma)\//.test(path))
    .map((path) => ({ path, topic: path.split('/')[0], text: readFileSync(join(base, path), 'utf8') }))
    .sort(
      (a, b) =>
        placeOf(topics, a) - placeOf(topics, b) || placeInTopic(a) - placeInTopic(b) || (a.path < b.path ? -1 : 1),
    );
}

/**
 * What the sources declare by a pattern: its first group is the exported name, the second one a key.
 * @throws where a source calls the helper in another form: it would be forgotten
 */
const declared = (sources, call, pattern) =>
  sources.flatMap(({ path, text }) => {
    const found = [...text.matchAll(pattern)];
    if (found.length !== text.split(call).length - 1)
      throw new Error(`${path} uses ${call}…) in a form that scripts/lists.mjs does not read: it reads ${pattern}`);
    return found.map(([, name, key]) => ({ path: path.replace(/\.ts$/, '.js'), name, key }));
  });

const importsOf = (found) =>
  [...new Set(found.map(({ path }) => path))]
    .map((path) => {
      const names = found.filter((each) => each.path === path).map(({ name }) => name);
      return `import { ${names.join(', ')} } from '../${path}';\n`;
    })
    .join('');
const lines = (entries) => entries.map((entry) => `  ${entry},\n`).join('');
const entryOf = ({ key, name }) => (key === name ? key : `${key}: ${name}`);
const record = (name, found) => `export const ${name} = {\n${lines(found.map(entryOf))}} as const;\n`;

function commands() {
  const found = declared(
    sourcesIn('commands'),
    'defineCommand(',
    /^export const (\w+) = defineCommand\(\{\s*type: '(\w+)'/gm,
  );
  return `${importsOf(found)}\n${record('ALL', found)}`;
}

function readModels() {
  const sources = sourcesIn('projections').filter(({ path }) => path.endsWith('/project.ts'));
  const found = (store) =>
    declared(
      sources,
      `${store}ReadModel(`,
      new RegExp(`^export const (\\w+) = ${store}ReadModel\\(\\{\\s*name: ('[\\w-]+')`, 'gm'),
    );
  const [postgres, redis] = [found('postgres'), found('redis')].map((models) =>
    models.map((each) => ({ ...each, key: each.key.includes('-') ? each.key : each.key.slice(1, -1) })),
  );
  return `${importsOf([...postgres, ...redis])}\n${record('POSTGRES', postgres)}\n${record('REDIS', redis)}`;
}

/** By the name of the read model's folder. */
function queries() {
  const sources = sourcesIn('projections').filter(({ path }) => path.endsWith('/query.ts'));
  const found = declared(sources, 'Queries({', /^export function (\w+Queries)\(\{/gm).map((each) => ({
    ...each,
    key: each.path
      .split('/')
      .at(-2)
      .replace(/-(.)/g, (_, letter) => letter.toUpperCase()),
  }));
  return `${importsOf(found)}\n${record('ALL', found)}`;
}

function resolvers() {
  const sources = sourcesIn('schema');
  const found = declared(sources, '@Resolver(', /^@Resolver\([^\n]*\)\nexport class (\w+)/gm);
  // The decorators of the first one write their metadata through it.
  const all = `export const ALL = [\n${lines(found.map(({ name }) => name))}] as const;\n`;
  return `import 'reflect-metadata';\n${importsOf(found)}\n${all}`;
}

/** By the type of the event. */
function shownEvents() {
  const topics = ['message', 'reaction', 'membership'];
  const sources = sourcesIn('schema', topics);
  const found = declared(sources, 'shownEvent(', /^export const (\w+) = shownEvent\(\s*'(\w+)'/gm);
  return `import 'reflect-metadata';\n${importsOf(found)}\n${record('ALL', found)}`;
}

/** The content of each file, by its path. */
export const lists = () =>
  Object.fromEntries(
    Object.entries({
      'src/commands/generated/commands.ts': commands(),
      'src/projections/generated/read-models.ts': readModels(),
      'src/projections/generated/queries.ts': queries(),
      'src/schema/generated/resolvers.ts': resolvers(),
      'src/schema/generated/shown-events.ts': shownEvents(),
    }).map(([path, text]) => [
      path,
      `// Written by the build from the files beside this folder: scripts/lists.mjs.\n${text}`,
    ]),
  );

/** The lists that are not as they have to be. */
export const outdated = () =>
  Object.entries(lists()).filter(
    ([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text,
  );

export function writeLists() {
  for (const [path, text] of outdated()) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--check')) writeLists();
  else {
    for (const [path] of outdated())
      process.stderr.write(`${relative(root, join(root, path))} is out of date: run npm run build\n`);
    process.exitCode = outdated().length === 0 ? 0 : 1;
  }
}
