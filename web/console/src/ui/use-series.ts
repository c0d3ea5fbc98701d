import { useEffect, useState } from 'react';
import type { PlotPoint } from './plot-point.js';

const EVERY_MS = 1_000;

/** A value over time, for a plot, as it stands each second while the page is open. */
export function useSeries(value: number | null, spanMs: number): readonly PlotPoint[] {
  const [points, setPoints] = useState<readonly PlotPoint[]>([]);
  useEffect(() => {
    const note = (): void => {
      const at = Date.now();
      setPoints((before) => [...before.filter((point) => point.at > at - spanMs), { at, value }]);
    };
    note();
    const timer = setInterval(note, EVERY_MS);
    return () => clearInterval(timer);
  }, [value, spanMs]);
  return points;
}
