import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { commandId, traceId, userId } from '../../src/engine/domain/ids.js';
import { createCampaign } from '../gifticon/rush.js';
import { cpuMicrosOf } from '../http/programs.js';
import type { Engine } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { Stack } from '../support/stack.js';
import { ISSUED_PER_SECOND } from './sizes.js';
import type { Sizes } from './sizes.js';
import type { Queries, Waiters } from './waiters.js';
import { startWaiters } from './waiters.js';

export interface Way {
  readonly name: string;
  /** Null: nobody watches. */
  readonly queries: Queries | null;
}

export const NOBODY: Way = { name: 'nobody watches', queries: null };
export const PLACE: Way = {
  name: 'the place of each',
  queries: ['subscription Place($id: ID!) { gifticonRequest(id: $id) { status ahead etaSeconds } }'],
};
export const PROGRESS: Way = {
  name: 'the progress of the campaign',
  queries: [
    'subscription Outcome($id: ID!) { gifticonRequest(id: $id, place: false) { status number } }',
    'subscription Progress($campaign: ID!) { campaignProgress(campaignId: $campaign) ' +
      '{ served issued stock queued ratePerSecond state } }',
  ],
};

export interface Measured {
  /** Processor time of all api processes, in milliseconds. */
  readonly cpuMs: number;
  readonly deliveries: number;
}

const MANY = '1000000';
const UNLIMITED = {
  MADANG_CONNECTIONS_PER_ADDRESS: MANY,
  MADANG_CONNECTIONS_PER_USER: MANY,
  MADANG_COST_PER_SECOND: '0',
};
const APPENDED_AT_ONCE = 500;

/** One way, on a deployment of its own: the queue is full at the start of each measurement. */
export async function measure(
  stack: Stack,
  engine: Engine,
  way: Way,
  sizes: Sizes,
  report: (progress: string) => void,
): Promise<Measured> {
  await using deployment = await openDeployment(stack, engine);
  const { processes, usersOfProcess, seconds } = sizes;
  const operator = await deployment.start('api,decider,projector', UNLIMITED);
  const count = processes * usersOfProcess;
  const campaignId = await createCampaign(deployment, operator.url, count);
  const names = Array.from({ length: count }, () => `waiting-${randomUUID()}`);
  const ids = names.map(() => commandId(randomUUID()));
  const { requests } = await deployment.log();
  for (let from = 0; from < count; from += APPENDED_AT_ONCE)
    await Promise.all(
      names.slice(from, from + APPENDED_AT_ONCE).map((name, n) =>
        requests.append({
          commandId: ids[from + n]!,
          type: 'RequestGifticon',
          schema: 1,
          key: campaignId,
          userId: userId(name),
          traceId: traceId('0'.repeat(32)),
          at: new Date().toISOString(),
          data: { campaignId },
        }),
      ),
    );
  const tokens = await deployment.tokens(names);
  const apis = await Promise.all(Array.from({ length: processes }, () => deployment.start('api', UNLIMITED)));
  const waiters: Waiters[] = [];
  report(`${way.name}: ${count} users begin to wait`);
  if (way.queries)
    for (const [n, { url }] of apis.entries()) {
      const users = tokens
        .map((token, index) => ({ token, requestId: ids[index]! }))
        .slice(n * usersOfProcess, (n + 1) * usersOfProcess);
      waiters.push(await startWaiters({ url, campaignId, queries: way.queries, users }));
    }
  await deployment.start('issuer', { GIFTICON_MAX_RATE: String(ISSUED_PER_SECOND) });
  const cpu = async (): Promise<number> => {
    const micros = await Promise.all(apis.map(({ url }) => cpuMicrosOf(url)));
    return micros.reduce((sum, each) => sum + each, 0) / 1_000;
  };
  const delivered = async (): Promise<number> =>
    (await Promise.all(waiters.map((each) => each.deliveries()))).reduce((sum, each) => sum + each, 0);

  report(`${way.name}: ${seconds} s`);
  const [cpuBefore, deliveriesBefore] = [await cpu(), await delivered()];
  await delay(seconds * 1_000);
  const measured = { cpuMs: (await cpu()) - cpuBefore, deliveries: (await delivered()) - deliveriesBefore };
  for (const each of waiters) await each.stop();
  return measured;
}
