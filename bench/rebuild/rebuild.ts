import { postgresProjections, redisProjections } from '../../src/projections/registry.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { BenchResult, Scenario } from '../support/scenario.js';
import type { Stack } from '../support/stack.js';
import { startStack } from '../support/stack.js';
import type { Emmett } from './emmett.js';
import { rebuildWithEmmett } from './emmett.js';
import type { Filled } from './fill.js';
import { fill } from './fill.js';
import { insertLoop } from './insert-loop.js';
import type { Ran, RebuildAnswer } from './operator.js';
import { rebuild } from './operator.js';
import { reportOf } from './report.js';
import type { Sizes } from './sizes.js';
import { FULL, QUICK } from './sizes.js';
import type { UnderLoad } from './under-load.js';
import { underLoad } from './under-load.js';
import type { Verified } from './verify.js';
import { verifyAll } from './verify.js';

/** The measurements with one length of the log. */
export interface Measured {
  readonly filled: Filled;
  /** All read models, on a quiet system. */
  readonly quiet: readonly Ran<RebuildAnswer>[];
  readonly loaded: UnderLoad;
}

/** Measured with the longer log alone. */
export interface Compared {
  /** Each read model by itself, on a quiet system. */
  readonly each: readonly Ran<RebuildAnswer>[];
  /** All read models, in turn with `inserts`. */
  readonly beside: readonly Ran<RebuildAnswer>[];
  /** Seconds by read model, a map a round. */
  readonly inserts: readonly ReadonlyMap<string, number>[];
  readonly emmett: readonly Emmett[];
  readonly emmettTuned: Emmett;
  readonly verified: Verified;
}

/** The largest batches that still bring a gain, and hardly a pause between them. */
const TUNED = { batchSize: 1_000, pullingFrequencyInMs: 1 };

export const rebuildScenario: Scenario = {
  name: 'rebuild',
  about: 'read models rebuilt from the first event, alone and under load, beside a bare insert loop and emmett',
  async run(report, { quick }): Promise<BenchResult> {
    const sizes = quick ? QUICK : FULL;
    report('starting PostgreSQL, Redis and Kafka');
    await using stack = await startStack();
    const small = await withLog(stack, sizes.small, report, (log) => measure(log, sizes, sizes.flushes.small));
    const { large, compared } = await withLog(stack, sizes.large, report, async (log) => {
      const comparedWith = await compare(log, sizes);
      return {
        large: await measure(log, sizes, sizes.flushes.large),
        compared: { ...comparedWith, verified: await verified(log) },
      };
    });
    return reportOf({ small, large, compared, sizes });
  },
};

interface Log {
  readonly stack: Stack;
  readonly deployment: Deployment;
  readonly filled: Filled;
  readonly report: (progress: string) => void;
}

async function withLog<T>(
  stack: Stack,
  events: number,
  report: (progress: string) => void,
  work: (log: Log) => Promise<T>,
): Promise<T> {
  const say = (progress: string): void => report(`${events} events: ${progress}`);
  await using deployment = await openDeployment(stack, 'embedded');
  say('adding the events');
  const filled = await fill(deployment, events);
  say(`added the events in ${filled.seconds.toFixed(1)} s`);
  return await work({ stack, deployment, filled, report: say });
}

async function measure({ stack, deployment, filled, report }: Log, sizes: Sizes, flushes: number): Promise<Measured> {
  const quiet: Ran<RebuildAnswer>[] = [];
  for (let round = 1; round <= sizes.quietRounds; round++) {
    report(`rebuilding all read models, round ${round}`);
    quiet.push(await rebuild(deployment, '--all'));
  }
  // Explicitly, so that the rebuilds' writes to disk do not fall into a measurement.
  await deployment.pool.query('CHECKPOINT');
  const loaded = await underLoad({
    deployment,
    redisUrl: stack.redisUrl,
    filled,
    sizes,
    rebuilds: sizes.loadedRounds,
    flushes,
    report,
  });
  for (const { what } of [...loaded.load.failed, ...loaded.load.wrong]) report(`wrong: ${what}`);
  return { filled, quiet, loaded };
}

/** The first rebuild fills the empty read models; then ours and the others take turns. */
async function compare({ stack, deployment, report }: Log, sizes: Sizes): Promise<Omit<Compared, 'verified'>> {
  const each: Ran<RebuildAnswer>[] = [];
  for (const { name } of [...postgresProjections, ...redisProjections]) {
    report(`rebuilding ${name}`);
    each.push(await rebuild(deployment, name));
  }
  const inserts: ReadonlyMap<string, number>[] = [];
  const beside: Ran<RebuildAnswer>[] = [];
  for (let round = 1; round <= sizes.insertRounds; round++) {
    report(`all read models and the bare insert loop in turn, round ${round}`);
    beside.push(await rebuild(deployment, '--all'));
    inserts.push(await insertLoop(deployment.databaseUrl, postgresProjections));
  }
  const { partitions } = await deployment.settings();
  const common = { serverUrl: stack.databaseUrl, from: deployment.pool, events: sizes.emmett, partitions };
  const emmett: Emmett[] = [];
  for (let round = 1; round <= sizes.emmettRounds; round++) {
    report(`emmett over ${sizes.emmett} events, round ${round}`);
    emmett.push(await rebuildWithEmmett({ ...common, pulling: null }));
  }
  report('emmett with larger batches');
  return { each, beside, inserts, emmett, emmettTuned: await rebuildWithEmmett({ ...common, pulling: TUNED }) };
}

async function verified({ deployment, report }: Log): Promise<Verified> {
  report('verifying all read models, and one with a row altered, one missing and one too many');
  return verifyAll(deployment);
}
