import { readdir } from 'node:fs/promises';
import { REJECTIONS } from '../src/commands/rejections.js';
import { ERROR_CODES } from '../src/server/errors/error-codes.js';

interface Entry {
  readonly meaning: string;
  readonly remedy: string;
}

const load = (path: string): Promise<unknown> => import(new URL(`../scripts/site/${path}`, import.meta.url).href);
const { errorPages } = (await load('error-pages.mjs')) as {
  errorPages(codes: object): Readonly<Record<string, string>>;
};
const { llmsText } = (await load('llms.mjs')) as {
  llmsText(root: string): Promise<string>;
};

test('llms.txt lists every page of the documentation', async () => {
  const text = await llmsText('.');
  const pages = (await readdir('docs')).filter((name) => name.endsWith('.md'));
  expect(pages.filter((name) => !text.includes(`](docs/${name})`))).toEqual([]);
  expect(text).toMatch(/^# Madang\n\n> .+\n\n## Writing a client\n\n- \[.+\]\(docs\/client-guide\.md\): /);
});

test('every error code has a page with its meaning and its remedy', () => {
  const pages = errorPages({ rejections: REJECTIONS, errors: ERROR_CODES });
  expect(Object.keys(pages).toSorted()).toEqual(
    [...new Set([...Object.keys(REJECTIONS), ...Object.keys(ERROR_CODES)])].toSorted(),
  );
  for (const [code, meaning] of Object.entries(REJECTIONS)) expect(pages[code]).toContain(meaning);
  for (const [code, { meaning, remedy }] of Object.entries<Entry>(ERROR_CODES)) {
    expect(pages[code]).toContain(meaning);
    expect(pages[code]).toContain(remedy);
  }
});
