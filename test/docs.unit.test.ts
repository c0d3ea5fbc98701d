import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REJECTIONS } from '../src/commands/rejections.js';
import { SETTINGS } from '../src/config.js';
import { createMetrics } from '../src/metrics.js';
import { ERROR_CODES } from '../src/server/errors/error-codes.js';

// Compares the docs with the code where that is cheap: names of settings and metrics, links, names of files.

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

const inDocs = (await readdir(join(root, 'docs'), { recursive: true }))
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));
const pages = await Promise.all(
  ['README.md', 'CHANGELOG.md', 'SECURITY.md', ...inDocs].map(async (path) => ({ path, text: await read(path) })),
);

/** The text without fences: code may contain anything. */
const prose = (text: string): string => text.replaceAll(/^```.*?^```$/gms, '');

const section = (text: string, heading: string): string => {
  const [, after] = text.split(`\n## ${heading}\n`);
  if (after === undefined) throw new Error(`there is no section ${heading}`);
  return after.split('\n## ')[0]!;
};

/** First cells of a table's rows, if they are code. */
const named = (text: string): readonly string[] => Array.from(text.matchAll(/^\| `([^`]+)`/gm), (match) => match[1]!);

test('docs/settings.md has every setting of src/config.ts, and no other', async () => {
  expect(named(await read('docs/settings.md')).toSorted()).toEqual(SETTINGS.toSorted());
});

test('the README has at most 900 words', async () => {
  expect((await read('README.md')).match(/\S+/g)!.length).toBeLessThanOrEqual(900);
});

test('docs/operations.md has every metric of Madang’s own, and no other', async () => {
  const { registry: _, ...own } = createMetrics();
  const names = Object.values(own).map((metric) => (metric as unknown as { readonly name: string }).name);
  expect(named(section(await read('docs/operations.md'), 'Metrics')).toSorted()).toEqual(names.toSorted());
});

test('the alerts for Prometheus use existing metrics', async () => {
  const names = new Set((await createMetrics().registry.getMetricsAsJSON()).map(({ name }) => name));
  const used = Array.from((await read('ops/prometheus/alerts.yml')).matchAll(/\bmadang_[a-z0-9_]+/g), ([name]) =>
    name.replace(/_bucket$/, ''),
  );
  expect(used.filter((name) => !names.has(name))).toEqual([]);
});

test('docs/tracing.md has every attribute of a span, and no other', async () => {
  const sources = (await readdir(join(root, 'src'), { recursive: true }))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join('src', name));
  const texts = await Promise.all(sources.map(read));
  const attributes = /['`]((?:madang|graphql|error)\.[a-z_.]+)['`]/g;
  const of = (text: string): readonly string[] => Array.from(text.matchAll(attributes), (match) => match[1]!);
  const documented = of(section(await read('docs/tracing.md'), 'Attributes'));
  expect([...new Set(documented)].toSorted()).toEqual([...new Set(texts.flatMap(of))].toSorted());
});

test('every decision is in the list of decisions', async () => {
  const list = await read('docs/adr/README.md');
  const decisions = inDocs.map((path) => relative('docs/adr', path)).filter((name) => /^\d{4}-/.test(name));
  expect(decisions.filter((name) => !list.includes(`(${name})`))).toEqual([]);
});

/** The last cells of the rows of tables that end in a column for settings. */
const settingCells = (text: string): readonly string[] =>
  text.split('\n\n').flatMap((part) =>
    /^\|.*\| setting \|\n/.test(part)
      ? part
          .trim()
          .split('\n')
          .slice(2)
          .map((row) => row.split(' | ').at(-1)!.replace(/ \|$/, ''))
      : [],
  );

test('docs/threat-model.md names existing settings and codes', async () => {
  const text = await read('docs/threat-model.md');
  const settings = new Set(SETTINGS);
  const cells = settingCells(text);
  expect(cells.length).toBeGreaterThan(30);
  for (const cell of cells.filter((each) => each !== '–')) {
    const parts = cell.split(', ');
    expect([cell, parts.filter((part) => !/^`\w+`$/.test(part) || !settings.has(part.slice(1, -1)))]).toEqual([
      cell,
      [],
    ]);
  }
  const codes = new Set<string>([...Object.keys(ERROR_CODES), ...Object.keys(REJECTIONS)]);
  const named = Array.from(text.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g), (match) => match[1]!);
  expect(named.filter((name) => !settings.has(name) && !codes.has(name))).toEqual([]);
});

test.each(pages)('settings that $path names exist', async ({ text }) => {
  const settings = new Set(SETTINGS);
  const named = Array.from(
    prose(text).matchAll(/`((?:MADANG|AUTH|HOT_ROOM|SEND_LIMIT)_[A-Z0-9_]+)\b/g),
    (match) => match[1]!,
  );
  expect(named.filter((name) => !settings.has(name))).toEqual([]);
});

test.each(pages)('no line of $path is over 120 columns, but for tables', ({ text }) => {
  expect(text.split('\n').filter((line) => line.length > 120 && !line.startsWith('|'))).toEqual([]);
});

/** The text without code and quotations, such as names of tests. */
const plain = (text: string): string => prose(text).replaceAll(/`[^`]*`|"[^"]*"/g, '');

test.each(pages)('$path names the noun instead of "whoever" and "whatever"', ({ text }) => {
  expect(plain(text).match(/\b(?:whoever|whatever|whichever|that\s+which)\b/gi) ?? []).toEqual([]);
});

/** The anchor of a heading, as code hosts make it. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .replaceAll(' ', '-');

test.each(pages)('links of $path have a target', async ({ path, text }) => {
  const links = Array.from(prose(text).matchAll(/\]\(([^)\s]+)\)/g), (match) => match[1]!).filter(
    (link) => !/^[a-z]+:/.test(link),
  );
  const broken: string[] = [];
  for (const link of links) {
    const [file = '', fragment] = link.split('#');
    const target = file === '' ? path : join(dirname(path), file);
    if (!existsSync(join(root, target))) broken.push(link);
    else if (fragment !== undefined) {
      const headings = Array.from(prose(await read(target)).matchAll(/^#+ (.+)$/gm), (match) => anchor(match[1]!));
      if (!headings.includes(fragment)) broken.push(link);
    }
  }
  expect(broken).toEqual([]);
});

test.each(pages)('files that $path names exist', ({ text }) => {
  const paths = Array.from(
    prose(text).matchAll(/`((?:src|test|bench|scripts|prisma|docs|ops|web|bin|\.ci)\/[\w./-]*)`/g),
    (match) => match[1]!,
  );
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test.each(['docs/your-own-domain.md', 'docs/adding-a-feature.md'])('the examples in %s are code', async (page) => {
  const { text } = pages.find(({ path }) => path === page)!;
  const examples = [...text.matchAll(/<!-- (\S+) -->\n```\w+\n([\s\S]*?)```/g)];
  expect(examples.length).toBeGreaterThan(9);
  for (const [, file, example] of examples) {
    const program = await readFile(join(root, file!), 'utf8');
    expect([file, program.includes(example!) ? 'has it' : example]).toEqual([file, 'has it']);
  }
});
