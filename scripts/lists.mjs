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

const placeOf = (topic) => (TOPICS.includes(topic) ? TOPICS.indexOf(topic) : TOPICS.length);

/** The sources of the topics under a folder of `src/`, by topic and then by name. */
function sourcesIn(folder) {
  const base = join(root, 'src', folder);
  return readdirSync(base, { recursive: true })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.includes('/') && /(?<!\.test)\.ts$/.test(path) && !/^(generated|prisma)\//.test(path))
    .map((path) => ({ path, topic: path.split('/')[0], text: readFileSync(join(base, path), 'utf8') }))
    .sort((a, b) => placeOf(a.topic) - placeOf(b.topic) || (a.path < b.path ? -1 : 1));
}

/** What the sources declare by a pattern: its first group is the exported name, the second one a key. */
const declared = (sources, pattern) =>
  sources.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map(([, name, key]) => ({ path: path.replace(/\.ts$/, '.js'), name, key })),
  );

const importsOf = (found) => found.map(({ path, name }) => `import { ${name} } from '../${path}';\n`).join('');
const record = (name, found) =>
  `export const ${name} = {\n${found.map((each) => `  ${each.key}: ${each.name},\n`).join('')}} as const;\n`;

function commands() {
  const found = declared(sourcesIn('commands'), /^export const (\w+) = defineCommand\(\{\s*type: '(\w+)'/gm);
  return `${importsOf(found)}\n${record('ALL', found)}`;
}

/** The content of each file, by its path. */
export const lists = () =>
  Object.fromEntries(
    Object.entries({ 'src/commands/generated/commands.ts': commands() }).map(([path, text]) => [
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
