const MIN_MS = 500;
const MAX_MS = 10_000;
const STEP_MS = 100;
/** How far a pace moves within a second: clients that follow it all at once would come back all at once. */
const RISE = 1.5;
const FALL = 0.8;

const rounded = (ms: number): number => Math.round(Math.min(MAX_MS, Math.max(MIN_MS, ms)) / STEP_MS) * STEP_MS;

/**
 * How far apart clients should space their fetches under this load, in milliseconds: 500 at the enter threshold, twice
 * that at four times the load. The square root settles where a steeper line swings: the next second's load is an answer
 * to this pace.
 */
export const paceFor = (fetchesPerSecond: number, enter: number): number =>
  rounded(MIN_MS * Math.sqrt(fetchesPerSecond / enter));

/**
 * The pace of a second, on the way from that of the second before to what the load asks for. @param before null: the
 * room was not hot
 */
export function nextPace(before: number | null, wanted: number): number {
  return before === null ? MIN_MS : rounded(Math.min(before * RISE, Math.max(before * FALL, wanted)));
}
