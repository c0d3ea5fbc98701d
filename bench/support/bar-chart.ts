import type { Spread } from './statistics.js';

/** Groups of bars, drawn into `docs/images/bench-NAME.svg` from the record of a run. */
export interface BarChart {
  readonly name: string;
  readonly title: string;
  readonly groups: readonly string[];
  /** One value for each group. */
  readonly series: readonly { readonly name: string; readonly values: readonly Spread[] }[];
}

export const chartFile = ({ name }: Pick<BarChart, 'name'>): string => `docs/images/bench-${name}.svg`;

const [WIDTH, HEIGHT] = [760, 320];
const [LEFT, TOP, BOTTOM] = [44, 36, 28];
const LINE = 18;
/** Told apart also by people who see few colours, on light and on dark pages. */
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00'];

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const rounded = (value: number): string => String(Math.round(value * 10) / 10);

/** The next of 1, 2, 5, 10, 20 … above a quarter of the maximum. */
function stepOf(max: number): number {
  const unit = 10 ** Math.floor(Math.log10(max / 4));
  return unit * [1, 2, 5, 10].find((factor) => factor * unit >= max / 4)!;
}

/** The median as a bar, with its lowest and highest round as a line. */
export function drawBars({ title, groups, series }: BarChart): string {
  const tops = series.flatMap(({ values }) => values.map((value) => value.max)).filter(Number.isFinite);
  const max = Math.max(...tops, 0.1);
  const step = stepOf(max);
  const top = Math.ceil(max / step) * step;
  const height = HEIGHT + series.length * LINE;
  const y = (value: number): number => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const groupWidth = (WIDTH - LEFT) / groups.length;
  const barWidth = (groupWidth * 0.8) / series.length;
  const parts = [`<text x="${LEFT}" y="20" font-weight="bold">${escaped(title)}</text>`];
  for (let value = 0; value <= top; value += step)
    parts.push(
      `<line x1="${LEFT}" x2="${WIDTH}" y1="${rounded(y(value))}" y2="${rounded(y(value))}" stroke="#8884"/>`,
      `<text x="${LEFT - 6}" y="${rounded(y(value) + 4)}" text-anchor="end">${rounded(value)}</text>`,
    );
  for (const [g, group] of groups.entries()) {
    const from = LEFT + (g + 0.1) * groupWidth;
    parts.push(
      `<text x="${rounded(from + 0.4 * groupWidth)}" y="${HEIGHT - 10}" text-anchor="middle">${escaped(group)}</text>`,
    );
    for (const [s, { values }] of series.entries()) {
      const value = values[g];
      if (!value || !Number.isFinite(value.median)) continue;
      const x = from + s * barWidth;
      const middle = rounded(x + barWidth / 2);
      parts.push(
        `<rect x="${rounded(x)}" y="${rounded(y(value.median))}" width="${rounded(barWidth * 0.9)}" ` +
          `height="${rounded(y(0) - y(value.median))}" fill="${COLOURS[s % COLOURS.length]}"/>`,
        `<line x1="${middle}" x2="${middle}" y1="${rounded(y(value.min))}" y2="${rounded(y(value.max))}" ` +
          'stroke="#888" stroke-width="1.5"/>',
      );
    }
  }
  for (const [s, { name }] of series.entries()) {
    const at = HEIGHT + s * LINE;
    parts.push(
      `<rect x="${LEFT}" y="${at}" width="12" height="12" fill="${COLOURS[s % COLOURS.length]}"/>`,
      `<text x="${LEFT + 18}" y="${at + 10}">${escaped(name)}</text>`,
    );
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" ` +
    `font-size="12" fill="#888">\n${parts.join('\n')}\n</svg>\n`
  );
}
