import { setTimeout as delay } from 'node:timers/promises';
import type { MadangProcess } from '../../test/support/madang.js';
import { startMadang } from '../../test/support/madang.js';
import type { Stack } from '../support/stack.js';
import { startStack } from '../support/stack.js';
import type { BenchResult, Scenario } from '../support/scenario.js';
import { quantile, showSpread, spread } from '../support/statistics.js';
import { bareCommits } from './bare-postgres.js';
import { openBareKafka } from './bare-kafka.js';
import { openSender } from './sender.js';
import { createDatabase } from '../support/database.js';
import { ending } from '../support/endings.js';

const ROUNDS = 5;
const SAMPLES = 200;
const WARM_UP = 200;
/** Between two messages: a quiet room, not a load test. */
const PAUSE_MS = 5;

interface Series {
  readonly name: string;
  readonly measure: (count: number) => Promise<readonly number[]>;
}

async function startOn(stack: Stack, engine: 'embedded' | 'kafka'): Promise<MadangProcess> {
  const log = engine === 'kafka' ? { KAFKA_BROKERS: await stack.kafkaBroker() } : { MADANG_LOG: 'embedded' };
  return startMadang({
    env: {
      DATABASE_URL: await createDatabase(stack.databaseUrl, `bench_${engine}`),
      REDIS_URL: stack.redisUrl,
      LOG_LEVEL: 'info',
      ...log,
    },
  });
}

/** From a mutation sent over HTTP to its event received over WebSocket, with one message on its way at a time. */
async function openMadang(
  stack: Stack,
  engine: 'embedded' | 'kafka',
): Promise<Series & { readonly request: Series } & AsyncDisposable> {
  const madang = await startOn(stack, engine);
  const sender = await openSender(madang.url);
  const oneByOne = async (count: number, take: (index: number) => Promise<number>): Promise<readonly number[]> => {
    const taken: number[] = [];
    for (let index = 0; index < count; index++) {
      taken.push(await take(index));
      await delay(PAUSE_MS);
    }
    return taken;
  };
  return {
    name: `Madang on ${engine === 'kafka' ? 'Kafka' : 'PostgreSQL (embedded)'}`,
    measure: (count) => oneByOne(count, (index) => sender.send(`hello ${index}`.padEnd(120, '.'))),
    request: { name: 'empty GraphQL query over HTTP', measure: (count) => oneByOne(count, () => sender.askNothing()) },
    [Symbol.asyncDispose]: ending(async () => {
      await sender[Symbol.asyncDispose]();
      await madang.stop();
    }),
  };
}

export const latency: Scenario = {
  name: 'latency',
  about: 'from a mutation sent to its event received, beside a bare commit, a bare Kafka round trip and an empty query',
  async run(report): Promise<BenchResult> {
    report('starting PostgreSQL, Redis and Kafka');
    await using stack = await startStack();
    await using kafka = await openBareKafka(await stack.kafkaBroker());
    await using onPostgres = await openMadang(stack, 'embedded');
    await using onKafka = await openMadang(stack, 'kafka');
    const all: readonly Series[] = [
      { name: 'bare PostgreSQL commit', measure: (count) => bareCommits(stack.databaseUrl, count) },
      { name: 'bare Kafka round trip', measure: (count) => kafka.roundTrips(count) },
      onPostgres.request,
      onPostgres,
      onKafka,
    ];
    report('warming up');
    for (const series of all) await series.measure(WARM_UP);

    const rounds = new Map<string, { readonly p50: number; readonly p99: number }[]>(all.map(({ name }) => [name, []]));
    for (let round = 1; round <= ROUNDS; round++) {
      report(`round ${round} of ${ROUNDS}`);
      for (const { name, measure } of all) {
        const sample = await measure(SAMPLES);
        rounds.get(name)!.push({ p50: quantile(sample, 0.5), p99: quantile(sample, 0.99) });
      }
    }

    const figures = all.map(({ name }) => ({
      name,
      p50Ms: spread(rounds.get(name)!.map(({ p50 }) => p50)),
      p99Ms: spread(rounds.get(name)!.map(({ p99 }) => p99)),
    }));
    return {
      tables: [
        {
          title: '',
          headings: ['from mutation sent to event received', 'p50 ms (rounds)', 'p99 ms (rounds)'],
          rows: figures.map(({ name, p50Ms, p99Ms }) => [name, showSpread(p50Ms), showSpread(p99Ms)]),
        },
      ],
      headlines: figures
        .filter(({ name }) => name.startsWith('Madang'))
        .map(({ name, p50Ms }) => ({
          measured: `mutation sent to event received, p50: ${name}`,
          figure: `${p50Ms.median.toFixed(1)} ms`,
        })),
      notes: [
        `Median of ${ROUNDS} rounds of ${SAMPLES}, with the lowest and the highest round; ` +
          'all take turns in each round.',
        'One process with all roles, HTTP for the mutation, WebSocket for the event, one message on its way at a time.',
      ],
      figures,
    };
  },
};
