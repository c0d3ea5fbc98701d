/**
 * Polls until the condition holds, at first every 5 ms and later every 25: a long wait leaves the processor to others.
 * The time bounds a failing test.
 * @param what the condition; as a function it is asked at the end, and may tell the state
 * @throws after `ms` milliseconds
 */
export async function until(holds: () => unknown, what: string | (() => string), ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  for (let pause = 5; !(await holds()); pause = Math.min(25, pause * 1.1)) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain: ${typeof what === 'string' ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
