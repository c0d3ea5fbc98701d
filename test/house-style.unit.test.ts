import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

// The length of lines and of names of tests. Prettier does not break strings, so only this test notices.

const root = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['bench', 'bin', 'examples', 'ops', 'packages', 'scripts', 'src', 'test', 'web'];
const CODE = /\.(?:ts|tsx|js|mjs|cjs|css|sql|yml|yaml|html)$/;
/** Written by tools. */
const GENERATED = /[/](?:prisma|node_modules|generated|dist)[/]/;
const MAX_LINE = 120;
const MAX_NAME = 80;

const inFolder = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && CODE.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !GENERATED.test(`/${path}`));
};
const paths = (await Promise.all(FOLDERS.map(inFolder))).flat();
const files = await Promise.all(paths.map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })));

test('no line of code is longer than 120 columns', () => {
  expect(files.length).toBeGreaterThan(300);
  const long = files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .map((line, index) => ({ line, place: `${path}:${index + 1}` }))
      .filter(({ line }) => Array.from(line).length > MAX_LINE)
      .map(({ place }) => place),
  );
  expect(long).toEqual([]);
});

/** The titles of `test`, `describe` and their `.each`, whose table ends in a parenthesis at the indent of the line. */
const TITLES =
  /^( *)(?:test|it|describe)(?:\.\w+)*(?:\((?!['"`])[^]*?^\1?[^\n]*?\))?\(\s*(['"`])((?:\\.|(?!\2).)*?)\2/gm;

const titlesOf = (text: string): readonly string[] => Array.from(text.matchAll(TITLES), ([, , , title]) => title!);

test('names of tests are found, also behind tables', () => {
  const source = ["test('one', () => {});", 'test.each([', "  ['x', (y) => y],", "])('two %s', () => {});"].join('\n');
  expect(titlesOf(source)).toEqual(['one', 'two %s']);
});

test('no name of a test is longer than 80 characters', () => {
  const titles = files
    .filter(({ path }) => /\.(?:test|contract)\.ts$/.test(path))
    .flatMap(({ path, text }) => titlesOf(text).map((title) => ({ path, title })));
  expect(titles.length).toBeGreaterThan(1_000);
  expect(titles.filter(({ title }) => title.length > MAX_NAME)).toEqual([]);
});
