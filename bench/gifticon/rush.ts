import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Latency } from '../support/chat.js';
import { startChat } from '../support/chat.js';
import type { Deployment, Engine } from '../support/deployment.js';
import { POLITE, openDeployment } from '../support/deployment.js';
import { inThread } from '../support/in-thread.js';
import { openConnection } from '../support/raw-http.js';
import type { Stack } from '../support/stack.js';
import { quantile } from '../support/statistics.js';
import type { Pressed } from './presses.js';
import { gather, pressesOf } from './presses.js';
import type { Outcome } from './outcome.js';
import { outcomeOf, undecided } from './outcome.js';
import type { Point } from './drain.js';
import { watchDrain } from './drain.js';

export const STOCK = 1_000;
/**
 * A rate that sells the stock in two seconds. Without it the issuer catches up in bursts several times as fast, which
 * ends the drain no earlier: it waits for admission control.
 */
export const MAX_RATE = 600;
const ROOMS = 20;
const MESSAGES_PER_SECOND = 100;
const QUIET_MS = 6_000;
const DRAIN_MS = 120_000;
/** The default of one process of Madang. */
const CONNECTIONS = 20;
const TIMEOUT_MS = 10_000;

export interface Rush {
  readonly outcome: Outcome;
  /** The statuses in the answers, with their counts. */
  readonly answers: Readonly<Record<string, number>>;
  readonly doorP50: number;
  readonly doorP99: number;
  /** From the first press to the last outcome. */
  readonly drainedMs: number;
  readonly chatBefore: number;
  readonly chatDuring: number;
  /** Requests decided a second, over time. */
  readonly drain: readonly Point[];
}

export interface Roles {
  readonly chatUrl: string;
  readonly doorUrl: string;
}

/**
 * All processes share one machine: those between a message and its readers have priority, and the read models have a
 * process of their own.
 */
export async function startChatRoles(deployment: Deployment): Promise<string> {
  const { url } = await deployment.start('api,decider');
  await deployment.start('projector,heat', POLITE);
  return url;
}

/** The setup for such an evening: the campaign's page has an api process of its own, and so has the issuer. */
export async function startRoles(deployment: Deployment): Promise<Roles> {
  const chatUrl = await startChatRoles(deployment);
  const gifticonRequests = await deployment.start('api', POLITE);
  await deployment.start('issuer', { ...POLITE, GIFTICON_MAX_RATE: String(MAX_RATE) });
  return { chatUrl, doorUrl: gifticonRequests.url };
}

export async function createCampaign(deployment: Deployment, url: string, stock: number): Promise<string> {
  const [token] = await deployment.tokens(['operator'], ['admin']);
  const connection = await openConnection(url);
  const { body } = await connection.post(
    '/graphql',
    token!,
    JSON.stringify({
      query:
        'mutation Create($stock: Int!) { createGifticonCampaign(input: { title: "bench", stock: ' +
        '$stock }, waitFor: PROJECTED) { campaign { id } } }',
      variables: { stock },
    }),
  );
  connection.close();
  const { data } = JSON.parse(body) as { data?: { createGifticonCampaign: { campaign: { id: string } | null } } };
  if (!data?.createGifticonCampaign.campaign) throw new Error(`no campaign was made: ${body}`);
  return data.createGifticonCampaign.campaign.id;
}

const p99 = (latencies: readonly Latency[], from: number, to: number): number =>
  quantile(
    latencies.filter(({ at }) => at >= from && at < to).map(({ ms }) => ms),
    0.99,
  );

function counted(answers: readonly Pressed[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { answer } of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
}

/** One evening: chat alone for a while, then the rush beside it until the last request has its outcome. */
export async function rush(stack: Stack, engine: Engine, users: number): Promise<Rush> {
  await using deployment = await openDeployment(stack, engine);
  const { chatUrl, doorUrl } = await startRoles(deployment);
  const userIds = Array.from({ length: users }, () => randomUUID());
  const presses = pressesOf(userIds, await deployment.tokens(userIds));
  // A small rush beforehand: code that is compiled and connections that are opened at the first request are not
  // measured.
  const warmUp = pressesOf(
    userIds.slice(0, 300),
    presses.slice(0, 300).map(({ token }) => token),
  );
  await using warm = gather(doorUrl, await createCampaign(deployment, chatUrl, 100), warmUp);
  await warm.ready;
  warm.send('go');
  const warmed = await warm.result;
  await until(async () => (await undecided(deployment, warmUp, warmed)) === 0);

  const campaignId = await createCampaign(deployment, chatUrl, STOCK);
  await using clients = gather(doorUrl, campaignId, presses);
  await clients.ready;
  const chat = await startChat({ deployment, url: chatUrl, rooms: ROOMS, messagesPerSecond: MESSAGES_PER_SECOND });
  // The first messages run with cold caches.
  await delay(2_000);
  const quietFrom = Date.now();
  await delay(QUIET_MS);

  const drain = watchDrain(deployment);
  const begun = Date.now();
  clients.send('go');
  const answers = await clients.result;
  await until(async () => (await undecided(deployment, presses, answers)) === 0, DRAIN_MS);
  const drained = Date.now();
  const points = await drain.stop();
  const latencies = await chat.stop();
  const gifticonRequests = answers.map(({ ms }) => ms);
  return {
    outcome: await outcomeOf(deployment, campaignId, presses, answers),
    answers: counted(answers),
    doorP50: quantile(gifticonRequests, 0.5),
    doorP99: quantile(gifticonRequests, 0.99),
    drainedMs: drained - begun,
    chatBefore: p99(latencies, quietFrom, begun),
    chatDuring: p99(latencies, begun, drained),
    drain: points,
  };
}

export interface NaiveRush {
  readonly errors: number;
  readonly issued: number;
  readonly p50: number;
  readonly p99: number;
  readonly chatBefore: number;
  readonly chatDuring: number;
}

/**
 * The same presses and the same chat, with a transaction a press instead of admission control, the queue and the
 * issuer.
 */
export async function naiveRush(stack: Stack, users: number): Promise<NaiveRush> {
  await using deployment = await openDeployment(stack, 'embedded');
  const url = await startChatRoles(deployment);
  const userIds = Array.from({ length: users }, () => randomUUID());
  const presses = pressesOf(userIds, userIds);
  await using naive = inThread<readonly Pressed[]>(new URL('./naive-thread.js', import.meta.url), {
    databaseUrl: deployment.databaseUrl,
    connections: CONNECTIONS,
    timeoutMs: TIMEOUT_MS,
    stock: STOCK,
    presses,
  });
  await naive.ready;
  const chat = await startChat({ deployment, url, rooms: ROOMS, messagesPerSecond: MESSAGES_PER_SECOND });
  await delay(2_000);
  const quietFrom = Date.now();
  await delay(QUIET_MS);
  const begun = Date.now();
  naive.send('go');
  const answers = await naive.result;
  const ended = Date.now();
  const latencies = await chat.stop();
  const { rows } = await deployment.pool.query<{ count: number }>(
    'SELECT count(*)::integer AS count FROM naive_gifticons',
  );
  const times = answers.map(({ ms }) => ms);
  return {
    errors: answers.filter(({ answer }) => answer === 'ERROR').length,
    issued: rows[0]!.count,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    chatBefore: p99(latencies, quietFrom, begun),
    chatDuring: p99(latencies, begun, ended),
  };
}

export async function until(condition: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not done within ${withinMs} ms`);
    await delay(50);
  }
}
