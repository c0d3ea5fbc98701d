import { useId } from 'react';
import { useTexts } from '../text/text.js';
import { UNKNOWN } from './format.js';
import type { PlotPoint } from './plot-point.js';

interface PlotProps {
  readonly title: string;
  readonly points: readonly PlotPoint[];
  /** How long the plot looks back, in milliseconds. */
  readonly spanMs: number;
  readonly format: (value: number | null) => string;
  /** The least that the upper end of the scale shows. */
  readonly atLeast?: number;
  /** The unit in which the upper end of the scale is a round number. */
  readonly unit?: number;
}

const WIDTH = 300;
const HEIGHT = 72;
const LEAST_MS = 30_000;

/** 1, 2 or 5 times a power of ten: the upper end of the scale moves rarely. */
function ceiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

/** The parts of the line between its gaps. */
function partsOf(points: readonly PlotPoint[]): readonly (readonly { at: number; value: number }[])[] {
  const parts: { at: number; value: number }[][] = [];
  let open: { at: number; value: number }[] | null = null;
  for (const { at, value } of points) {
    if (value === null) open = null;
    else if (open) open.push({ at, value });
    else parts.push((open = [{ at, value }]));
  }
  return parts;
}

/** One number over the last minutes: the latest value in words, and a line. */
export function Plot({ title, points, spanMs, format, atLeast = 1, unit = 1 }: PlotProps) {
  const text = useTexts();
  const id = useId();
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const latest = points.at(-1)?.value ?? null;
  const top = unit * ceiling(Math.max(atLeast, ...known) / unit);
  const end = points.at(-1)?.at ?? 0;
  // A plot of a page that was opened lately has no empty half.
  const shownMs = Math.min(spanMs, Math.max(LEAST_MS, end - (points[0]?.at ?? 0)));
  const place = ({ at, value }: { at: number; value: number }): string =>
    `${(WIDTH * (1 - (end - at) / shownMs)).toFixed(1)} ${(HEIGHT * (1 - value / top)).toFixed(1)}`;
  const parts = partsOf(points);
  const label =
    known.length === 0
      ? text('plot.empty')
      : text('plot.label', { latest: format(latest), most: format(Math.max(...known)) });
  return (
    <figure className="plot">
      <figcaption id={id}>
        <span>{title}</span>
        <strong>{known.length === 0 ? UNKNOWN : format(latest)}</strong>
      </figcaption>
      <div className="plot-area">
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-labelledby={id}
          aria-describedby={`${id}-label`}
        >
          <line className="plot-grid" x1="0" x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} />
          {parts.map((part) => (
            <path
              key={part[0]!.at}
              className="plot-fill"
              d={`M${part.map(place).join('L')}V${HEIGHT}H${place(part[0]!).split(' ')[0]}Z`}
            />
          ))}
          {parts.map((part) => (
            <path key={part[0]!.at} className="plot-line" d={`M${part.map(place).join('L')}`} />
          ))}
        </svg>
        <span className="plot-top" aria-hidden>
          {format(top)}
        </span>
      </div>
      <span id={`${id}-label`} className="sr-only">
        {label}
      </span>
    </figure>
  );
}
