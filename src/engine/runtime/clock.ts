/**
 * The precision of cached times, in milliseconds. Within it a cache reuses the time that it read, instead of reading
 * the clock and setting a timer for nearly every entry.
 */
export const CLOCK_MS = 50;
