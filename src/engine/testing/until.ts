/** Polls until the condition holds; the time bounds a failing test. @throws after `ms` milliseconds */
export async function until(holds: () => unknown, what: string, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
