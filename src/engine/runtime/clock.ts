/**
 * How exactly caches tell the time, in milliseconds. A cache keeps the time that it read for so long, instead of
 * reading the clock, and setting a timer, with nearly every entry that it is asked for.
 */
export const CLOCK_MS = 50;
