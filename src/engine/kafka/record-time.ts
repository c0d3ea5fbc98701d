/** A timestamp of kafkajs, in milliseconds since 1970; null without one. */
export function timeOf(timestamp: string | undefined): number | null {
  const at = Number(timestamp);
  return Number.isSafeInteger(at) && at > 0 && at <= MAX_TIME ? at : null;
}

/** The largest time of a Date. */
const MAX_TIME = 8.64e15;
