import asciichart from 'asciichart';

export interface Series {
  readonly name: string;
  /** One value a second. Infinite values and NaN are drawn as 0. */
  readonly values: readonly number[];
}

export interface PlotOptions {
  readonly title: string;
  /** Tells the series apart by colour: without it each series gets a plot of its own. */
  readonly colour: boolean;
  readonly height?: number;
}

const COLOURS = [asciichart.lightblue, asciichart.green, asciichart.red, asciichart.yellow, asciichart.magenta];
/** The width of a second in columns, so that a short run is not too narrow. */
const COLUMNS = 3;

/** Lines over time for a terminal, seconds from left to right. */
export function plot(series: readonly Series[], { title, colour, height = 8 }: PlotOptions): string {
  if (!colour && series.length > 1) {
    return series
      .map((each) => plot([each], { title: `${title}: ${each.name}`, colour, height: Math.ceil(height / 2) }))
      .join('\n');
  }
  const lines = series.map(({ values }) =>
    values.flatMap((value) => Array.from({ length: COLUMNS }, () => (Number.isFinite(value) ? value : 0))),
  );
  if (lines.every((line) => line.length === 0)) return `${title}: nothing was measured\n`;
  const max = Math.max(1, ...lines.flat());
  const width = max.toFixed(0).length;
  const drawn = asciichart.plot(lines, {
    height,
    min: 0,
    max,
    format: (value) => value.toFixed(0).padStart(width + 1),
    ...(colour ? { colors: series.map((_, index) => COLOURS[index % COLOURS.length]) } : {}),
  });
  const legend = series.map(({ name }, index) =>
    colour ? asciichart.colored(name, COLOURS[index % COLOURS.length]) : name,
  );
  return `${title}${colour ? `: ${legend.join(', ')}` : ''}\n${drawn}\n`;
}
