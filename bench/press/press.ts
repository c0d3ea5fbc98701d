import { randomUUID } from 'node:crypto';
import { createCampaign, until } from '../gifticon/rush.js';
import type { BenchResult, Scenario } from '../support/scenario.js';
import { openConnection } from '../support/raw-http.js';
import { startStack } from '../support/stack.js';
import { measureWrites, untilIdle } from '../write/measure.js';
import type { Asked, MeasuredWrites } from '../write/measure.js';
import type { WriteProgram } from '../write/programs.js';
import { startWritePrograms } from '../write/programs.js';
import type { WriteSeries } from '../write/report.js';
import { figuresOf, writeChart, writeTable } from '../write/report.js';
import type { Stack } from '../support/stack.js';

const FULL = { rounds: 5, presses: 3_000, warmUp: 1_500 } as const;
const QUICK = { rounds: 1, presses: 300, warmUp: 100 } as const;
const ROLES = 'api,decider,projector,issuer,heat';
const PRESS =
  'mutation Press($input: RequestGifticonInput!) { requestGifticon(input: $input) { receipt { status } ' +
  'request { id status } } }';
const ARRIVE = JSON.stringify({ query: '{ __typename }' });
const ARRIVALS_AT_ONCE = 32;
const ISSUED = "SELECT count(*)::integer AS count FROM events WHERE type = 'GifticonIssued' AND key = $1";

/** Users who have opened the page, so that the server knows their tokens, and have not pressed yet. */
async function arrived({ url, deployment }: WriteProgram, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  if (!deployment) return ids;
  const tokens = await deployment.tokens(ids);
  let next = 0;
  const arrivals = Array.from({ length: ARRIVALS_AT_ONCE }, async () => {
    const connection = await openConnection(url);
    while (next < tokens.length) await connection.post('/graphql', tokens[next++]!, ARRIVE);
    connection.close();
  });
  await Promise.all(arrivals);
  return tokens;
}

/** Every user presses once, and each gets a gifticon; measured until the last one is issued. */
async function pressAll(stack: Stack, program: WriteProgram, count: number): Promise<MeasuredWrites> {
  const { url, deployment } = program;
  const campaignId = deployment ? await createCampaign(deployment, url, count) : randomUUID();
  const tokens = await arrived(program, count);
  const presses = tokens.map((token): Asked => {
    const input = { campaignId, commandId: randomUUID() };
    return { token, body: JSON.stringify({ query: PRESS, variables: { input } }) };
  });
  await untilIdle(program);
  return measureWrites(stack, program, presses, async () => {
    if (deployment)
      await until(async () => {
        const { rows } = await deployment.pool.query<{ count: number }>(ISSUED, [campaignId]);
        return rows[0]!.count === count;
      });
    await untilIdle(program);
  });
}

export const press: Scenario = {
  name: 'press',
  about: 'presses of a button a second and the processor time of each, beside a simple Apollo Server with one INSERT',
  async run(report, { quick }): Promise<BenchResult> {
    const sizes = quick ? QUICK : FULL;
    report('starting PostgreSQL, Redis, Kafka and the programs');
    await using stack = await startStack();
    await using started = await startWritePrograms(stack, ROLES);
    const { programs } = started;
    for (const program of programs) await pressAll(stack, program, sizes.warmUp);
    const all = programs.map((program) => ({
      program,
      series: { condition: String(sizes.presses), program: program.name, rounds: [] } as WriteSeries,
    }));
    for (let round = 1; round <= sizes.rounds; round++) {
      report(`round ${round} of ${sizes.rounds}`);
      for (const { program, series } of round % 2 > 0 ? all : all.toReversed())
        series.rounds.push(await pressAll(stack, program, sizes.presses));
    }
    const figures = figuresOf(all.map(({ series }) => series));
    return {
      tables: [writeTable('presses', figures)],
      charts: [writeChart('press', 'Processor time of Node.js for a press, in µs', figures)],
      headlines: [],
      notes: [
        `Median of ${sizes.rounds} rounds, with the lowest and the highest; all take turns in each round, in the ` +
          'other order each time.',
        '64 connections, each with one press under way. Every press is of another user, whose token the server knows ' +
          'from opening the page, and every user gets a gifticon. Clients, processes and servers share the machine.',
        `Processor time until the last gifticon is issued. Madang is one process with the roles ${ROLES}, and ` +
          'answers once a press is safe in the queue.',
        'The simple server issues in the statement that it answers after, and never runs out.',
      ],
      figures,
    };
  },
};
