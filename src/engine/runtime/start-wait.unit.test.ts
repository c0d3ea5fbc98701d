import { StartWaitError, startWait } from './start-wait.js';

function listening() {
  const said: string[] = [];
  const say = (_fields: object, message: string): void => void said.push(message);
  return { said, log: { debug: say, info: say, warn: say, error: say } };
}

const never = new Promise<never>(() => undefined);
const { signal } = new AbortController();

test('what ends is waited for without a word', async () => {
  const { said, log } = listening();
  expect(await startWait(Promise.resolve(7), { what: () => 'a seven', signal, log })).toBe(7);
  await expect(startWait(Promise.reject(new Error('no')), { what: () => 'a seven', signal, log })).rejects.toThrow(
    'no',
  );
  expect(said).toEqual([]);
});

test('what does not move is given up, by its name', async () => {
  const { said, log } = listening();
  const wait = startWait(never, { what: () => 'partition 2, read up to 12', signal, log, sayEveryMs: 5, giveUpMs: 40 });
  await expect(wait).rejects.toThrow(StartWaitError);
  await expect(wait).rejects.toThrow('the start waits for partition 2, read up to 12, and nothing has moved for');
  expect(said[0]).toBe('the start waits for partition 2, read up to 12');
});

test('what moves is waited for, however long it takes', async () => {
  const { said, log } = listening();
  let read = 0;
  let done!: (value: string) => void;
  const work = new Promise<string>((resolve) => (done = resolve));
  const wait = startWait(work, {
    what: () => `${(read += 1)}`,
    signal,
    log: { ...log, warn: (_, message) => said.push(message) >= 40 && done('done') },
    sayEveryMs: 2,
    giveUpMs: 10,
  });
  expect(await wait).toBe('done');
  expect(said).toHaveLength(40);
});

test('a stop ends the wait with its reason', async () => {
  const { log } = listening();
  const stopping = new AbortController();
  const wait = startWait(never, { what: () => 'x', signal: stopping.signal, log });
  stopping.abort(new Error('stopped by SIGTERM'));
  await expect(wait).rejects.toThrow('stopped by SIGTERM');
  await expect(startWait(never, { what: () => 'x', signal: stopping.signal, log })).rejects.toThrow(
    'stopped by SIGTERM',
  );
});
