import { StartWaitError, startWait } from './start-wait.js';

function listening() {
  const lines: string[] = [];
  const capture = (_fields: object, message: string): void => void lines.push(message);
  return { said: lines, log: { debug: capture, info: capture, warn: capture, error: capture } };
}

const never = new Promise<never>(() => undefined);
const { signal } = new AbortController();

test('a wait that ends soon logs nothing', async () => {
  const { said: lines, log } = listening();
  expect(await startWait(Promise.resolve(7), { describe: () => 'a seven', signal, log })).toBe(7);
  await expect(startWait(Promise.reject(new Error('no')), { describe: () => 'a seven', signal, log })).rejects.toThrow(
    'no',
  );
  expect(lines).toEqual([]);
});

test('a wait without progress is given up, with its subject', async () => {
  const { said: lines, log } = listening();
  const wait = startWait(never, {
    describe: () => 'partition 2, read up to 12',
    signal,
    log,
    logIntervalMs: 5,
    giveUpMs: 40,
  });
  await expect(wait).rejects.toThrow(StartWaitError);
  await expect(wait).rejects.toThrow('the start waits for partition 2, read up to 12, and nothing has moved for');
  expect(lines[0]).toBe('the start waits for partition 2, read up to 12');
});

test('a wait with progress goes on, however long it takes', async () => {
  const { said: lines, log } = listening();
  let read = 0;
  let done!: (value: string) => void;
  const work = new Promise<string>((resolve) => (done = resolve));
  const wait = startWait(work, {
    describe: () => `${(read += 1)}`,
    signal,
    log: { ...log, warn: (_, message) => lines.push(message) >= 40 && done('done') },
    logIntervalMs: 2,
    giveUpMs: 10,
  });
  expect(await wait).toBe('done');
  expect(lines).toHaveLength(40);
});

test('a stop ends the wait with its reason', async () => {
  const { log } = listening();
  const stopping = new AbortController();
  const wait = startWait(never, { describe: () => 'x', signal: stopping.signal, log });
  stopping.abort(new Error('stopped by SIGTERM'));
  await expect(wait).rejects.toThrow('stopped by SIGTERM');
  await expect(startWait(never, { describe: () => 'x', signal: stopping.signal, log })).rejects.toThrow(
    'stopped by SIGTERM',
  );
});
