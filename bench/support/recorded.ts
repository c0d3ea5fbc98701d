import { readFile, readdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { chartFile, drawBars } from './bar-chart.js';
import type { BarChart } from './bar-chart.js';
import type { BenchResult, FigureTable, Headline, Scenario } from './scenario.js';

// The figures of the docs. A run with `--write` is recorded in `bench/figures/`, a file a scenario, and the tables of
// the docs are written from these files alone. `test/benchmarks.unit.test.ts` holds both equal.

export interface Recorded {
  readonly scenario: string;
  readonly about: string;
  /** The day of the run. */
  readonly at: string;
  readonly machine: string;
  readonly tables: readonly FigureTable[];
  readonly headlines: readonly Headline[];
  readonly charts?: readonly BarChart[];
  readonly notes: readonly string[];
  /** Null for a run from before runs were recorded: only its tables are left. */
  readonly figures: unknown;
}

const FOLDER = 'bench/figures';
/** The pages with figures between markers, `<!-- figures:NAME -->` and `<!-- /figures -->`. */
export const PAGES = ['README.md', 'docs/benchmarks.md'] as const;
/** The order of the scenarios in the docs. */
const ORDER =
  'latency gifticon press hot-room rebuild http write steps fan-out memory joins storm drops waiting traces'.split(' ');
const WIDTH = 120;

const describeMachine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ` +
  `${Math.round(totalmem() / 2 ** 30)} GB, Node.js ${process.versions.node}`;

export async function record(
  root: string,
  { name, about }: Pick<Scenario, 'name' | 'about'>,
  { tables, headlines, charts, notes, figures }: BenchResult,
): Promise<void> {
  const recorded: Recorded = {
    scenario: name,
    about,
    at: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    tables,
    headlines,
    ...(charts ? { charts } : {}),
    notes,
    figures,
  };
  await writeFile(join(root, FOLDER, `${name}.json`), `${JSON.stringify(recorded, null, 2)}\n`);
}

export async function readRecorded(root: string): Promise<readonly Recorded[]> {
  const names = (await readdir(join(root, FOLDER))).filter((name) => name.endsWith('.json'));
  const all = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(root, FOLDER, name), 'utf8')) as Recorded),
  );
  return all.toSorted((a, b) => ORDER.indexOf(a.scenario) - ORDER.indexOf(b.scenario));
}

/** The page with the recorded figures between its markers. Markers of no scenario are an error. */
export function withFigures(page: string, recorded: readonly Recorded[]): string {
  return page.replaceAll(
    /(<!-- figures:([\w-]+) -->\n).*?(<!-- \/figures -->)/gs,
    (_, open: string, name: string, close: string) =>
      `${open}\n${name === 'headlines' ? headlinesOf(recorded) : sectionOf(name, recorded)}\n${close}`,
  );
}

export async function writePages(root: string): Promise<void> {
  const recorded = await readRecorded(root);
  for (const chart of recorded.flatMap(({ charts = [] }) => charts))
    await writeFile(join(root, chartFile(chart)), drawBars(chart));
  for (const page of PAGES) {
    const path = join(root, page);
    await writeFile(path, withFigures(await readFile(path, 'utf8'), recorded));
  }
}

const cell = (text: string): string => text.trim().replaceAll('|', '\\|');
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |\n`;
const table = ({ headings, rows }: Omit<FigureTable, 'title'>): string =>
  row(headings) + row(headings.map(() => '---')) + rows.map(row).join('');

function headlinesOf(recorded: readonly Recorded[]): string {
  const rows = recorded.flatMap(({ headlines }) => headlines.map(({ measured, figure }) => [measured, figure]));
  return table({ headings: ['measured', 'figure'], rows });
}

function sectionOf(name: string, recorded: readonly Recorded[]): string {
  const found = recorded.find(({ scenario }) => scenario === name);
  if (!found && !ORDER.includes(name)) throw new Error(`no such scenario: ${name}`);
  if (!found) return `Not recorded yet: \`npm run bench -- ${name} --write\` puts the figures here.\n`;
  const tables = found.tables.map(({ title, ...each }) => `${title === '' ? '' : `**${title}**\n\n`}${table(each)}`);
  const taken = found.figures === null ? 'Taken before runs were recorded' : 'Taken';
  const notes = [`${taken}, ${found.at}: ${found.machine}.`, ...found.notes.map((note) => note.trim())];
  const pictures = (found.charts ?? []).map(
    (chart) => `\n![${chart.title}](${chartFile(chart).replace('docs/', '')})\n`,
  );
  return `${tables.join('\n')}${pictures.join('')}\n${notes.filter(Boolean).map(item).join('')}`;
}

/** A list item, wrapped like the rest of the page. */
function item(text: string): string {
  const lines = ['-'];
  for (const word of text.split(' ')) {
    if (`${lines.at(-1)!} ${word}`.length > WIDTH) lines.push(' ');
    lines.push(`${lines.pop()!} ${word}`);
  }
  return `${lines.join('\n')}\n`;
}
