/** A timestamp as kafkajs gives it, in milliseconds since 1970; null where there is none. */
export function timeOf(timestamp: string | undefined): number | null {
  const at = Number(timestamp);
  return Number.isSafeInteger(at) && at > 0 && at <= MAX_TIME ? at : null;
}

/** The last moment that a Date can hold. */
const MAX_TIME = 8.64e15;
