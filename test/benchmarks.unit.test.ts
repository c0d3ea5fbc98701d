import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chartFile, drawBars } from '../bench/support/bar-chart.js';
import type { Recorded } from '../bench/support/recorded.js';
import { PAGES, readRecorded, withFigures, writePages } from '../bench/support/recorded.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): Promise<string> => readFile(`${root}${path}`, 'utf8');

if (process.env['UPDATE_DOCS'] === '1') await writePages(root);

test.each(PAGES)('the figures of %s are the recorded ones', async (path) => {
  const page = await read(path);
  expect(page).toContain('<!-- figures:');
  expect(withFigures(page, await readRecorded(root))).toBe(page);
});

test('the pictures are drawn from the records', async () => {
  for (const chart of (await readRecorded(root)).flatMap(({ charts = [] }) => charts))
    expect(await read(chartFile(chart))).toBe(drawBars(chart));
});

test('a chart has a bar for each value, with its spread, and its names are text', () => {
  const value = (median: number) => ({ median, min: median - 1, max: median + 1 });
  const drawn = drawBars({
    name: 'x',
    title: 'a < b & c',
    groups: ['one', 'two'],
    series: [
      { name: 'first', values: [value(2), value(4)] },
      { name: 'second', values: [value(9), value(Number.NaN)] },
    ],
  });
  expect(drawn).toContain('a &lt; b &amp; c');
  // Three bars and two colours of the legend.
  expect(drawn.match(/<rect /g)).toHaveLength(3 + 2);
  // Twice as high.
  const [low, high] = [...drawn.matchAll(/height="([\d.]+)" fill="#0072b2"/g)].map(([, height]) => Number(height));
  expect(high! / low!).toBeCloseTo(2, 1);
});

test('the README has six figures, in one table', async () => {
  const [, figures = ''] = (await read('README.md')).split('<!-- figures:headlines -->');
  expect(figures.split('<!-- /figures -->')[0]!.match(/^\|/gm)).toHaveLength(2 + 6);
});

const recorded: Recorded = {
  scenario: 'latency',
  about: '',
  at: '2026-01-02',
  machine: 'a machine',
  tables: [
    { title: 'One', headings: ['', 'ms'], rows: [['a|b', '1.5']] },
    { title: '', headings: ['x'], rows: [['2']] },
  ],
  headlines: [{ measured: 'how long', figure: '1.5 ms' }],
  notes: ['  said of it ', '', 'word '.repeat(30)],
  figures: {},
};
const page = (name: string): string => `before\n<!-- figures:${name} -->\nold\n<!-- /figures -->\nafter\n`;

test('a scenario becomes its tables and notes, and the rest of the page stays', () => {
  expect(withFigures(page('latency'), [recorded])).toBe(`before
<!-- figures:latency -->

**One**

|  | ms |
| --- | --- |
| a\\|b | 1.5 |

| x |
| --- |
| 2 |

- Taken, 2026-01-02: a machine.
- said of it
- ${'word '.repeat(22)}word
  ${'word '.repeat(6)}word

<!-- /figures -->
after
`);
});

test('headlines become one table', () => {
  expect(withFigures(page('headlines'), [recorded])).toContain(
    '| measured | figure |\n| --- | --- |\n| how long | 1.5 ms |\n',
  );
});

test('a page says of a scenario that no run is recorded, and how to record one', () => {
  expect(withFigures(page('rebuild'), [recorded])).toContain('Not recorded yet: `npm run bench -- rebuild --write`');
});

test('markers of no scenario are an error', () => {
  expect(() => withFigures(page('rebiuld'), [recorded])).toThrow('no such scenario: rebiuld');
});
