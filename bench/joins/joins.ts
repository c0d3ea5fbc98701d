import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { sendMessages, warmUp } from '../fan-out/measure.js';
import type { Series } from '../fan-out/site.js';
import { startSubscribers } from '../fan-out/subscribers.js';
import { fill } from '../hot-room/fill.js';
import { QUICK as SMALL_ROOM } from '../hot-room/sizes.js';
import { cpuMicrosOf } from '../http/programs.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import { OUTCOMES, now, openLoop } from '../support/open-loop.js';
import type { BenchResult, Scenario } from '../support/scenario.js';
import type { Stack } from '../support/stack.js';
import { startStack } from '../support/stack.js';
import { quantile, showSpread, spread } from '../support/statistics.js';
import { FULL, MESSAGES_PER_SECOND, QUICK } from './sizes.js';
import type { Sizes } from './sizes.js';

const QUERY =
  'subscription Events($roomId: ID!) { roomEvents(roomId: $roomId, summarise: true) { position ' +
  '... on MessagePosted { message { id seq body author { handle } } } ... on MembersChanged { memberCount } } }';
const CONNECTIONS = 64;
const TIMEOUT_MS = 10_000;
const POLL_MS = 200;
const MANY = '1000000';
const UNLIMITED = {
  MADANG_CONNECTIONS_PER_ADDRESS: MANY,
  MADANG_CONNECTIONS_PER_USER: MANY,
  HOT_ROOM_ENTER: MANY,
};

interface Round {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Joins a second that were decided. */
  readonly joins: number;
}

/** A room with its subscribers, at an api process that does nothing else. */
async function openSite(deployment: Deployment, stack: Stack, sizes: Sizes): Promise<Series> {
  const room = { ...SMALL_ROOM, members: sizes.members, messages: 10, quietRooms: 0, quietMessages: 0 };
  const { hotRoom, tokens } = await fill(deployment, stack.redisUrl, room);
  const sender = await deployment.start('api,decider,projector,heat', UNLIMITED);
  const api = await deployment.start('api', UNLIMITED);
  const some = tokens.slice(0, sizes.subscribers);
  return {
    name: 'Madang',
    program: {
      name: 'Madang',
      url: api.url,
      pid: api.pid,
      cpuMicros: () => cpuMicrosOf(api.url),
      stop: async () => void (await api.stop()),
    },
    subscribers: await startSubscribers({ url: api.url, roomId: hotRoom, tokens: some, ids: 'same', query: QUERY }),
    senderUrl: sender.url,
    token: tokens[0]!,
    roomId: hotRoom,
  };
}

/** Strangers who join by a fixed schedule. @returns how many of them a second became members */
async function join({ senderUrl, roomId }: Series, tokens: readonly string[], seconds: number): Promise<number> {
  const body = JSON.stringify({
    query: `mutation { joinRoom(input: { roomId: "${roomId}" }, waitFor: DECIDED) { receipt { status } } }`,
  });
  const { outcomes } = await openLoop({
    urls: [senderUrl],
    connections: CONNECTIONS,
    perSecond: tokens.length / seconds,
    seconds,
    startAt: now() + POLL_MS,
    timeoutMs: TIMEOUT_MS,
    request: (index) => ({ token: tokens[index]!, body }),
    judge: (_index, answer) => (answer.body.includes('SUCCEEDED') ? 'served' : 'refused'),
  });
  return outcomes.filter((outcome) => OUTCOMES[outcome] === 'served').length / seconds;
}

async function measure(series: Series, deployment: Deployment, joins: number, seconds: number): Promise<Round> {
  const { subscribers } = series;
  const names = Array.from({ length: Math.round(joins * seconds) }, () => `joins-${randomUUID()}`);
  const tokens = await deployment.tokens(names);
  await subscribers.ask({ do: 'reset' });
  const [joined, sent] = await Promise.all([
    joins > 0 ? join(series, tokens, seconds) : 0,
    sendMessages(series, MESSAGES_PER_SECOND, seconds),
  ]);
  // Sums of members have no time of their own.
  let delays: readonly number[] = [];
  for (const end = Date.now() + TIMEOUT_MS; Date.now() < end; await delay(POLL_MS)) {
    const { delays: all, sampled } = await subscribers.ask({ do: 'delays' });
    delays = all.filter((ms) => !Number.isNaN(ms));
    if (delays.length >= sent * sampled) break;
  }
  return { p50Ms: quantile(delays, 0.5), p99Ms: quantile(delays, 0.99), joins: joined };
}

export const joins: Scenario = {
  name: 'joins',
  about: 'a room of 100,000 members that 1,000 a second join: the delay of a delivery, beside that without joins',
  async run(report, { quick }): Promise<BenchResult> {
    const sizes = quick ? QUICK : FULL;
    const { subscribers, joinsPerSecond, seconds } = sizes;
    await using stack = await startStack();
    await using deployment = await openDeployment(stack, 'embedded');
    report(`a room of ${sizes.members} members`);
    const series = await openSite(deployment, stack, sizes);
    await warmUp(series, subscribers);
    const ways = [0, joinsPerSecond].map((perSecond) => ({ perSecond, rounds: [] as Round[] }));
    for (let round = 1; round <= sizes.rounds; round++)
      for (const { perSecond, rounds } of round % 2 > 0 ? ways : ways.toReversed()) {
        report(`round ${round} of ${sizes.rounds}, ${perSecond} joins a second`);
        rounds.push(await measure(series, deployment, perSecond, seconds));
      }
    await series.subscribers.stop();
    const quiet = ways[0]!.rounds;
    const figures = ways.map(({ perSecond, rounds }) => ({
      joinsPerSecond: perSecond,
      joined: spread(rounds.map((each) => each.joins)),
      p50Ms: spread(rounds.map(({ p50Ms }) => p50Ms)),
      p99Ms: spread(rounds.map(({ p99Ms }) => p99Ms)),
      // Compared within a round, so that a busy machine changes both.
      toQuiet: spread(rounds.map(({ p99Ms }, round) => p99Ms / quiet[round]!.p99Ms)),
    }));
    return {
      tables: [
        {
          title: '',
          headings: ['joins a second', 'decided a second (rounds)', 'p50 ms', 'p99 ms', 'p99 to that without joins'],
          rows: figures.map((each) => [
            each.joinsPerSecond.toLocaleString('en'),
            showSpread(each.joined, 0),
            showSpread(each.p50Ms, 1),
            showSpread(each.p99Ms, 1),
            showSpread(each.toQuiet),
          ]),
        },
      ],
      headlines: [],
      notes: [
        `Median of ${sizes.rounds} rounds of ${seconds} s with the lowest and the highest; both ways take turns in ` +
          'each round, in the other order each time.',
        `${subscribers.toLocaleString('en')} subscribers with \`summarise\`, at an api process of their own, and ` +
          `${MESSAGES_PER_SECOND} messages a second. Joins and messages come through another process.`,
        'The delay counts from the moment at which a message was due, at a twentieth of the subscribers.',
      ],
      figures,
    };
  },
};
