import { pino } from 'pino';
import { createReadiness } from './readiness.js';

test('callers during a check share one answer, later ones get a new one', async () => {
  const asked: ((reasons: readonly string[]) => void)[] = [];
  const readiness = createReadiness(() => new Promise((resolve) => asked.push(resolve)), pino({ level: 'silent' }));
  const first = Array.from({ length: 200 }, () => readiness());
  await Promise.resolve();
  asked[0]!(['the database does not answer']);
  for (const answer of first) expect(await answer).toEqual(['the database does not answer']);
  expect(asked).toHaveLength(1);

  // Kept for half a second only.
  let later: Promise<readonly string[]> = readiness();
  while (asked.length === 1) {
    await later;
    await new Promise((resolve) => setTimeout(resolve, 20));
    later = readiness();
    await Promise.resolve();
  }
  asked[1]!([]);
  expect(await later).toEqual([]);
});
