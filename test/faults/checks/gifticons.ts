import { expectPromiseKept } from '../../support/gifticon-promise.js';
import { readGifticonRecord } from '../../support/gifticon-record.js';
import { expectFirstComeFirstServed, expectTrueAnswers } from '../../support/gifticon-answers.js';
import type { Cluster } from '../cluster.js';
import type { Drop } from '../load/campaigns.js';
import { inLanes } from '../load/client.js';
import type { Check } from './check.js';
import { openCheck } from './check.js';

const LANES = 16;

/** Promise 7. Asks for the outcome of every accepted request first, so it needs running servers. */
export async function checkGifticons(cluster: Cluster, drops: readonly Drop[]): Promise<Check> {
  const check = openCheck('7. gifticons: the stock, one to a user, first come first served, an outcome for everyone');
  const customers = drops.flatMap((drop) => drop.customers);
  await inLanes(
    customers.flatMap((customer) => [...customer.accepted].map((id) => ({ customer, id }))),
    LANES,
    ({ customer, id }) => customer.ask(id),
  );
  const record = await readGifticonRecord(
    cluster.env,
    drops.map(({ id }) => id),
  );
  let issued = 0;
  for (const { id, stock, customers: own } of drops) {
    await check.attempt(`campaign ${id}`, () => {
      expectTrueAnswers(own, record);
      expectFirstComeFirstServed(own, record);
      expectPromiseKept(id, record.queued, record.receipts, record.events.get(id)!);
    });
    const users = record.events
      .get(id)!
      .flatMap(({ event }) => (event.type === 'GifticonIssued' ? [event.data.userId] : []));
    issued += users.length;
    // Every customer asks at least once, so a campaign with more customers than stock is sold out.
    const expected = Math.min(stock, own.length);
    check.expectThat(
      users.length === expected && new Set(users).size === expected,
      () => `campaign ${id} gave ${users.length} to ${new Set(users).size} users; ${own.length} came for ${stock}`,
    );
  }
  const requests = customers.reduce((sum, { sent }) => sum + sent.size, 0);
  return check.end(
    `${drops.length} campaigns, ${customers.length} users with ${requests} requests, ${issued} gifticons`,
  );
}
