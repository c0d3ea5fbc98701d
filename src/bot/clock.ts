import { performance } from 'node:perf_hooks';

/** Milliseconds since 1970, finer than a millisecond, never set back, and the same in all threads of a process. */
export const now = (): number => performance.timeOrigin + performance.now();
