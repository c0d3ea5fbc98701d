import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { position } from '../domain/ids.js';
import type { Projection } from '../projector/projection.js';
import type { ProjectionProgress, ProjectionStore } from '../projector/projection-store.js';
import type { EventStore } from '../store/event-store.js';
import { createReadModelProgress } from './read-model-progress.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const never = new AbortController().signal;

/** One read model in one partition, whose polls are answered by hand; the timer never fires. */
function setup() {
  const polls: ((at: number) => void)[] = [];
  const store = {
    kind: 'postgres',
    progressOfAll: () =>
      new Promise((resolve) =>
        polls.push((at) => {
          const progress: ProjectionProgress = { position: position(at), live: true, version: 1 };
          resolve([[progress]]);
        }),
      ),
  } as unknown as ProjectionStore<Projection>;
  const progress = createReadModelProgress({
    models: [{ store, projections: [{} as Projection], isTransient: () => true }],
    events: {} as EventStore,
    partitions: 1,
    pollIntervalMs: 1e6,
    logger: pino({ level: 'silent' }),
  });
  const reached: string[] = [];
  const wait = (at: number): Promise<unknown> =>
    progress.reached({ partition: 0, position: position(at) }, never).then((met) => reached.push(`${at} ${met}`));
  return { looks: polls, progress, reached, wait };
}

test('a waiter that comes during a poll gets another one after it, without the timer', async () => {
  const { looks: polls, progress, reached, wait } = setup();
  const first = wait(5);
  const second = wait(9);
  expect(polls).toHaveLength(1);
  polls[0]!(6);
  await first;
  await turn();
  expect([polls.length, reached]).toEqual([2, ['5 true']]);
  polls[1]!(9);
  await second;
  await turn();
  expect(polls).toHaveLength(2);
  await progress.stop();
});

test.each(['forked', 'forget'] as const)(
  'a poll that began before %s() does not count, since its result may be lost',
  async (how) => {
    const { looks: polls, progress, reached, wait } = setup();
    const first = wait(5);
    if (how === 'forked') progress.forked(0, position(7));
    else progress.forget();
    polls[0]!(9);
    await turn();
    expect([progress.known(0), reached]).toEqual([0, []]);
    void wait(6);
    await turn();
    polls.at(-1)!(5);
    await first;
    expect([progress.known(0), reached]).toEqual([5, ['5 true']]);
    await progress.stop();
  },
);

test('a wait for a position behind a fork ends, one for a position before it goes on', async () => {
  const { looks: polls, progress, reached, wait } = setup();
  const waits = [wait(7), wait(8)];
  progress.forked(0, position(7));
  await waits[1];
  expect(reached).toEqual(['8 false']);
  polls[0]!(0);
  await turn();
  polls.at(-1)!(7);
  await waits[0];
  expect(reached).toEqual(['8 false', '7 true']);
  await progress.stop();
});

test('an outage is one line of the log, however often it is polled meanwhile', async () => {
  const output = new PassThrough();
  let away = true;
  const store = {
    kind: 'postgres',
    progressOfAll: () =>
      away
        ? Promise.reject(new Error('the database is away'))
        : Promise.resolve([[{ position: position(1), live: true, version: 1 }]]),
  } as unknown as ProjectionStore<Projection>;
  const progress = createReadModelProgress({
    models: [{ store, projections: [{} as Projection], isTransient: () => true }],
    events: {} as EventStore,
    partitions: 1,
    pollIntervalMs: 1e6,
    logger: pino({ level: 'warn' }, output),
  });
  const outage = async (): Promise<void> => {
    away = true;
    const wait = progress.reached({ partition: 0, position: position(1) }, never);
    for (let poll = 0; poll < 5; poll++) {
      await turn();
      progress.moved(0);
    }
    await turn();
    away = false;
    progress.moved(0);
    expect(await wait).toBe(true);
  };
  await outage();
  progress.forget();
  await outage();
  const lines = String(output.read()).trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg)).toEqual([
    'could not read the progress of the read models; retrying',
    'could not read the progress of the read models; retrying',
  ]);
  await progress.stop();
});
