import { setTimeout as delay } from 'node:timers/promises';
import type { Deployment, Engine } from '../support/deployment.js';
import { ENGINES, nameOf, openDeployment } from '../support/deployment.js';
import type { BenchResult, Scenario } from '../support/scenario.js';
import { startStack } from '../support/stack.js';
import type { Counters } from './counters.js';
import { openCounters, total } from './counters.js';
import type { FloodFigures, FloodSeries } from './figures.js';
import { floodFigures, floodSeries } from './figures.js';
import type { Filled } from './fill.js';
import { fill } from './fill.js';
import { run } from './flood.js';
import { reportOf } from './report.js';
import type { Rush } from './rush.js';
import { rush } from './rush.js';
import type { Site } from './site.js';
import { startSite } from './site.js';
import type { Sizes } from './sizes.js';
import { FULL, QUICK } from './sizes.js';

/** The enter threshold in fetches a second. Without the directive: 0, which turns it off. */
const ENTER = { on: 500, off: 0 } as const;
const REST_TIMEOUT_MS = 20_000;
const LOOK_MS = 100;
/** Idle servers answer with their counts within this time. */
const CALM_MS = 100;
const CALM_LOOKS = 5;

/** All rounds on one engine, with the directive or without. */
export interface Measured {
  readonly engine: Engine;
  readonly directive: 'on' | 'off';
  readonly rushes: readonly Rush[];
  readonly floods: readonly FloodFigures[];
  /** The smaller floods of the same rounds, each with the quiet time before the large one, by fetches a second. */
  readonly less: ReadonlyMap<number, readonly FloodFigures[]>;
  /** Of the last flood. */
  readonly series: FloodSeries;
}

export const hotRoom: Scenario = {
  name: 'hot-room',
  about:
    'clients who all fetch from one large room, and the effect on other rooms, ' +
    'with the directive @hotRoom and without',
  async run(report, { quick }): Promise<BenchResult> {
    const sizes = quick ? QUICK : FULL;
    report('starting PostgreSQL, Redis and Kafka');
    await using stack = await startStack();
    const measured: Measured[] = [];
    for (const engine of ENGINES) {
      const say = (progress: string): void => report(`on ${nameOf(engine)}: ${progress}`);
      await using deployment = await openDeployment(stack, engine);
      say(`adding ${sizes.members} members and ${sizes.messages} messages`);
      const filled = await fill(deployment, stack.redisUrl, sizes);
      await using counters = await openCounters(deployment.databaseUrl, stack.redisUrl);
      for (const directive of ['on', 'off'] as const) {
        const reportRun = (progress: string): void =>
          say(`${directive === 'on' ? 'with' : 'without'} @hotRoom: ${progress}`);
        measured.push(await measure({ deployment, directive, filled, sizes, counters, report: reportRun }));
      }
    }
    return reportOf(measured, sizes);
  },
};

interface MeasureOptions extends Pick<Measured, 'directive'> {
  readonly deployment: Deployment;
  readonly filled: Filled;
  readonly sizes: Sizes;
  readonly counters: Counters;
  readonly report: (progress: string) => void;
}

async function measure({ deployment, directive, filled, sizes, counters, report }: MeasureOptions): Promise<Measured> {
  await using site = await startSite(deployment, ENTER[directive]);
  const beside = { site, filled, sizes, counters };
  const alone = (seconds: number) => run({ ...beside, seconds, settledAfter: 0, flood: false });
  report('warming up');
  await alone(sizes.warmUpSeconds);

  const rushes: Rush[] = [];
  for (let round = 1; round <= sizes.rushRounds[directive]; round++) {
    report(`${sizes.clients} clients at once, round ${round}`);
    rushes.push(await rush(site, filled, sizes));
    await rested(site, counters);
  }
  const flooded = async (hotPerSecond: number) => {
    const { hot, ...flood } = await run({
      ...beside,
      sizes: { ...sizes, hotPerSecond },
      seconds: sizes.floodSeconds,
      settledAfter: sizes.onsetSeconds,
      flood: true,
    });
    if (!hot) throw new Error('the flood did not take place');
    for (const failure of hot.failures) report(`failed: ${failure}`);
    await rested(site, counters);
    return { ...flood, hot };
  };
  const floods: FloodFigures[] = [];
  const less = new Map<number, FloodFigures[]>(
    directive === 'on' ? sizes.lessPerSecond.map((hotPerSecond) => [hotPerSecond, []]) : [],
  );
  let series: FloodSeries | undefined;
  for (let round = 1; round <= sizes.floodRounds[directive]; round++) {
    report(`a flood of ${sizes.hotPerSecond} fetches a second, round ${round}`);
    const before = await alone(sizes.quietSeconds);
    const flood = await flooded(sizes.hotPerSecond);
    floods.push(floodFigures(before, flood, sizes));
    series = floodSeries(flood, sizes);
    for (const [hotPerSecond, figures] of less) {
      report(`a flood of ${hotPerSecond}, round ${round}`);
      figures.push(floodFigures(before, await flooded(hotPerSecond), { ...sizes, hotPerSecond }));
    }
  }
  return { engine: deployment.engine, directive, rushes, floods, less, series: series! };
}

/** The next round begins like the first one: no room is hot, and no server still works on earlier requests. */
async function rested(site: Site, counters: Counters): Promise<void> {
  const end = performance.now() + REST_TIMEOUT_MS;
  for (let calm = 0; calm < CALM_LOOKS; await delay(LOOK_MS)) {
    const asked = performance.now();
    if (asked > end) return;
    const counts = await counters.counts(site);
    calm = total('hotRooms', counts) === 0 && performance.now() - asked < CALM_MS ? calm + 1 : 0;
  }
}
