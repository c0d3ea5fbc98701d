/** Requests a second. */
export interface Bounds {
  readonly minRate: number;
  readonly maxRate: number | null;
}

export const atBound = ({ minRate, maxRate }: Bounds, rate: number): boolean =>
  rate <= minRate || (maxRate !== null && rate >= maxRate);

/** A finite rate without a bound: no database takes this much. */
const CEILING = 1_000_000;

export function clamped({ minRate, maxRate }: Bounds, rate: number): number {
  return Math.min(maxRate ?? Math.max(CEILING, minRate), Math.max(minRate, Number.isFinite(rate) ? rate : minRate));
}
