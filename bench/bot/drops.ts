import type { RunResult, Scenario as BotScenario } from '../../src/bot/index.js';
import { parseScenario } from '../../src/bot/index.js';
import { nameOf } from '../support/deployment.js';
import type { Scenario } from '../support/scenario.js';
import { startStack } from '../support/stack.js';
import { botNote, play, promisesNote, timeCells } from './rounds.js';

const ROUNDS = 5;
const ENGINE = 'kafka';
const SUBSCRIBERS = 500;

const scenarioOf = (together: boolean, quick: boolean): BotScenario =>
  parseScenario(
    JSON.stringify({
      about: '500 subscribers of one room whose connections drop for 2 s every 15 s',
      users: SUBSCRIBERS,
      arriveSeconds: 10,
      seconds: 120,
      hotRoom: { members: SUBSCRIBERS, messagesPerSecond: 20 },
      reconnects: { everySeconds: 15, awaySeconds: 2, together },
    }),
    'drops',
    { quick },
  );

const WAYS = [
  { name: 'each at its own moment', together: false },
  { name: 'all at the same moment', together: true },
] as const;

export const drops: Scenario = {
  name: 'drops',
  about: '500 subscribers whose connections drop for 2 s every 15 s for two minutes at 20 messages a second',
  async run(report, { quick }) {
    await using stack = await startStack();
    const count = quick ? 1 : ROUNDS;
    const ways = WAYS.map((way) => ({ ...way, rounds: [] as RunResult[] }));
    for (let round = 1; round <= count; round++)
      for (const { name, together, rounds } of ways) {
        report(`round ${round} of ${count}, ${name}`);
        rounds.push(await play(stack, ENGINE, scenarioOf(together, quick), report));
      }
    const all = ways.flatMap(({ rounds }) => rounds);
    return {
      tables: [
        {
          title: '',
          headings: ['connections drop', 'ms', 'p50 (rounds)', 'p99 (rounds)', 'longest (rounds)'],
          rows: ways.flatMap(({ name, rounds }) => [
            [name, 'replay', ...timeCells(rounds, 'replay')],
            [name, 'delivery to those who are there', ...timeCells(rounds, 'deliver')],
          ]),
        },
      ],
      headlines: [],
      notes: [
        `Medians of ${count} rounds with the lowest and the highest, on ${nameOf(ENGINE)}, the two ways in turn.`,
        'Replay: from the moment at which a user connects again to the last message that was missed; connection ' +
          'and subscription are part of it.',
        promisesNote(all),
        botNote(all),
      ],
      figures: Object.fromEntries(ways.map(({ name, rounds }) => [name, rounds])),
    };
  },
};
