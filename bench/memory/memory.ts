import { setTimeout as delay } from 'node:timers/promises';
import { startSubscribers } from '../fan-out/subscribers.js';
import type { Subscribers } from '../fan-out/subscribers.js';
import { fill } from '../hot-room/fill.js';
import { QUICK as SMALL_ROOM } from '../hot-room/sizes.js';
import { openDeployment } from '../support/deployment.js';
import type { BenchResult, Scenario } from '../support/scenario.js';
import { startStack } from '../support/stack.js';
import { showSpread, spread } from '../support/statistics.js';
import type { MeasuredProgram } from './programs.js';
import { startApi, startBaseline } from './programs.js';
import { FULL, QUICK } from './sizes.js';
import type { Sizes } from './sizes.js';

/** KB of each subscription at one step. */
interface Taken {
  readonly heap: number;
  readonly rss: number;
}

interface Series {
  readonly name: string;
  /** A new process for each round: memory that was used once stays with a process. */
  readonly start: () => Promise<MeasuredProgram>;
  /** By step, in each round. */
  readonly taken: Taken[][];
}

/** Sockets of one process. */
const PER_PROCESS = 5_000;
/** Buffers of connections are gone after that. */
const SETTLE_MS = 1_000;
const KB = 1_000;

async function round(series: Series, roomId: string, tokens: readonly string[], sizes: Sizes): Promise<void> {
  const program = await series.start();
  const all: Subscribers[] = [];
  let begun = 0;
  const grow = async (to: number): Promise<void> => {
    while (begun < to) {
      const some = tokens.slice(begun, Math.min(to, begun + PER_PROCESS));
      // Spread over addresses, each of which has its own ports.
      const from = `127.0.0.${2 + Math.floor(begun / PER_PROCESS)}`;
      all.push(await startSubscribers({ url: program.url, roomId, tokens: some, ids: 'same', from }));
      begun += some.length;
    }
    await delay(SETTLE_MS);
  };
  try {
    await grow(sizes.warmUp);
    const before = await program.memory();
    for (const [step, count] of sizes.steps.entries()) {
      await grow(sizes.warmUp + count);
      const { heapUsed, rss } = await program.memory();
      (series.taken[step] ??= []).push({
        heap: (heapUsed - before.heapUsed) / count / KB,
        rss: (rss - before.rss) / count / KB,
      });
    }
  } finally {
    await Promise.all(all.map((subscribers) => subscribers.stop()));
    await program.stop();
  }
}

export const memory: Scenario = {
  name: 'memory',
  about: 'the memory of an idle subscription with its socket, beside bare ws and graphql-ws as documented',
  async run(report, { quick }): Promise<BenchResult> {
    const sizes = quick ? QUICK : FULL;
    await using stack = await startStack();
    await using deployment = await openDeployment(stack, 'embedded');
    report('filling a room');
    const members = sizes.warmUp + Math.max(...sizes.steps);
    const room = { ...SMALL_ROOM, members, messages: 10, quietRooms: 0, quietMessages: 0 };
    const { hotRoom, tokens } = await fill(deployment, stack.redisUrl, room);
    await using _worker = await deployment.start('decider,projector,heat');
    const all: readonly Series[] = [
      { name: 'bare ws', start: () => startBaseline('ws'), taken: [] },
      { name: 'graphql-ws with graphql-subscriptions', start: () => startBaseline('graphql-ws'), taken: [] },
      { name: 'Madang', start: () => startApi(deployment), taken: [] },
    ];
    for (let n = 1; n <= sizes.rounds; n++)
      for (const series of n % 2 > 0 ? all : all.toReversed()) {
        report(`round ${n} of ${sizes.rounds}, ${series.name}`);
        await round(series, hotRoom, tokens, sizes);
      }
    const figures = all.flatMap(({ name, taken }) =>
      taken.map((rounds, step) => ({
        program: name,
        subscriptions: sizes.steps[step]!,
        heapKb: spread(rounds.map(({ heap }) => heap)),
        rssKb: spread(rounds.map(({ rss }) => rss)),
      })),
    );
    return {
      tables: [
        {
          title: '',
          headings: ['subscriptions', 'program', 'heap, KB each (rounds)', 'resident, KB each (rounds)'],
          rows: sizes.steps.flatMap((count) =>
            figures
              .filter(({ subscriptions }) => subscriptions === count)
              .map(({ program, heapKb, rssKb }) => [
                count.toLocaleString('en'),
                program,
                showSpread(heapKb, 1),
                showSpread(rssKb, 1),
              ]),
          ),
        },
      ],
      charts: [
        {
          name: 'memory',
          title: 'Resident memory of an idle subscription, in KB',
          groups: sizes.steps.map((count) => count.toLocaleString('en')),
          series: all.map(({ name }) => ({
            name,
            values: figures.filter(({ program }) => program === name).map(({ rssKb }) => rssKb),
          })),
        },
      ],
      headlines: [],
      notes: [
        `Median of ${sizes.rounds} rounds with the lowest and the highest. Each round has new processes, which take ` +
          'turns, in the other order each time.',
        `The growth of the process over its state with ${sizes.warmUp} subscriptions, divided by the others. Its ` +
          'garbage is collected before each figure.',
        'Every subscription has a socket and a user of its own; all of them follow one room, in which nothing happens.',
      ],
      figures,
    };
  },
};
