import type { RunResult } from '../../src/bot/index.js';
import { nameOf } from '../support/deployment.js';
import type { Scenario } from '../support/scenario.js';
import { startStack } from '../support/stack.js';
import { showSpread } from '../support/statistics.js';
import { botNote, over, play, promisesNote, shipped, timeCells } from './rounds.js';

const ROUNDS = 5;
const ENGINE = 'kafka';

export const storm: Scenario = {
  name: 'storm',
  about: '3,000 users join over 30 s in rooms of 30, with 100 messages in each, on Kafka',
  async run(report, { quick }) {
    await using stack = await startStack();
    const scenario = await shipped('storm', quick);
    const rounds: RunResult[] = [];
    const count = quick ? 1 : ROUNDS;
    for (let round = 1; round <= count; round++) {
      report(`round ${round} of ${count}`);
      rounds.push(await play(stack, ENGINE, scenario, report));
    }
    const messages = over(rounds, ({ messagesPerSecond }) => messagesPerSecond);
    const deliveries = over(rounds, ({ deliveriesPerSecond }) => deliveriesPerSecond);
    return {
      tables: [
        {
          title: '',
          headings: ['from the due time, ms', 'p50 (rounds)', 'p99 (rounds)', 'longest (rounds)'],
          rows: [
            ['a user has joined', ...timeCells(rounds, 'join')],
            ['a message is decided', ...timeCells(rounds, 'send')],
            ['a message is at a subscriber', ...timeCells(rounds, 'deliver')],
          ],
        },
      ],
      headlines: [],
      notes: [
        `Medians of ${count} rounds with the lowest and the highest, on ${nameOf(ENGINE)}; each has a deployment of ` +
          'its own, and plays ops/scenarios/storm.json.',
        `${showSpread(messages, 0)} messages and ${showSpread(deliveries, 0)} deliveries a second.`,
        promisesNote(rounds),
        botNote(rounds),
      ],
      figures: rounds,
    };
  },
};
