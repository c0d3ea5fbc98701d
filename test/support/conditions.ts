import { pino } from 'pino';

/** TEST_LOG_LEVEL=debug shows what a failing test's system says. */
export const quietLogger = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });

/** Looks until it holds; the time is a bound for a failing test, not a pause. */
export async function until(holds: () => unknown, what: string, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
