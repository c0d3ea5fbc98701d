import { readFile, writeFile } from 'node:fs/promises';
import { REJECTIONS } from '../../commands/rejections.js';
import { CLOSE_CODES, ERROR_CODES } from './error-codes.js';

const file = new URL('../../../docs/errors.md', import.meta.url);

const cell = (text: string): string => text.replaceAll('|', '\\|');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

interface Entry {
  readonly meaning: string;
  readonly remedy: string;
  readonly extensions?: readonly string[];
}
const entries = (codes: Readonly<Record<string, Entry>>) => Object.entries(codes);

const expected: Readonly<Record<string, string>> = {
  rejections: table(
    ['code', 'what it means and what to do'],
    Object.entries(REJECTIONS).map(([code, message]) => [`\`${code}\``, message]),
  ),
  errors: table(
    ['code', 'what it means', 'what to do', 'comes with'],
    entries(ERROR_CODES).map(([code, { meaning, remedy, extensions = [] }]) => [
      `\`${code}\``,
      meaning,
      remedy,
      extensions.map((name) => `\`${name}\``).join(', '),
    ]),
  ),
  closes: table(
    ['code', 'what it means', 'what to do'],
    entries(CLOSE_CODES).map(([code, { meaning, remedy }]) => [code, meaning, remedy]),
  ),
};

/** Each table is between `<!-- NAME -->` and `<!-- /NAME -->`. */
const block = (name: string) => new RegExp(`(?<=<!-- ${name} -->\\n\\n)[^]*?(?=\\n\\n<!-- /${name} -->)`);

// UPDATE_DOCS=1 writes the tables instead of comparing them.
if (process.env.UPDATE_DOCS === '1') {
  beforeAll(async () => {
    let text = await readFile(file, 'utf8');
    for (const [name, content] of Object.entries(expected)) text = text.replace(block(name), () => content);
    await writeFile(file, text);
  });
}

test.each(Object.keys(expected))(
  'docs/errors.md has the %s as they are in the code (UPDATE_DOCS=1 writes them)',
  async (name) => {
    const text = await readFile(file, 'utf8');
    expect(block(name).exec(text)?.[0]).toBe(expected[name]);
  },
);

test('a code means one thing: no rejection shares its name with a GraphQL error', () => {
  expect(Object.keys(REJECTIONS).filter((code) => Object.hasOwn(ERROR_CODES, code))).toEqual([]);
});
