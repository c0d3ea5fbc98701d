const MIN_MS = 500;
const MAX_MS = 10_000;
const STEP_MS = 100;
/** The largest change of a pace within a second: clients that all followed a larger one would all come back at once. */
const RISE = 1.5;
const FALL = 0.8;

const rounded = (ms: number): number => Math.round(Math.min(MAX_MS, Math.max(MIN_MS, ms)) / STEP_MS) * STEP_MS;

/**
 * The interval that clients should keep under this load, in milliseconds: 500 at the enter threshold, twice that at
 * four times the load. The square root settles where a steeper function oscillates: the next second's load is a
 * response to this pace.
 */
export const paceFor = (fetchesPerSecond: number, enter: number): number =>
  rounded(MIN_MS * Math.sqrt(fetchesPerSecond / enter));

/**
 * The pace of a second, on the way from the pace of the second before to the wanted one. @param before null: the room
 * was not hot
 */
export function nextPace(before: number | null, wanted: number): number {
  return before === null ? MIN_MS : rounded(Math.min(before * RISE, Math.max(before * FALL, wanted)));
}
