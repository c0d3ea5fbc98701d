/**
 * Polls until the condition holds; the time bounds a failing test.
 * @param what the condition; as a function it is asked at the end, and may tell the state
 * @throws after `ms` milliseconds
 */
export async function until(holds: () => unknown, what: string | (() => string), ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain: ${typeof what === 'string' ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
