import { subscribeRaw } from '../fan-out/raw-subscriber.js';
import type { RawSubscriber } from '../fan-out/raw-subscriber.js';
import type { Waiting } from './waiters.js';

// A process with users who wait, which does what its parent asks.

const AT_ONCE = 50;
const waiters: RawSubscriber[] = [];

async function begin({ url, campaignId, queries, users }: Waiting): Promise<void> {
  for (let begun = 0; begun < users.length; begun += AT_ONCE) {
    const some = users.slice(begun, begun + AT_ONCE).map(({ token, requestId }) => {
      const variables = { id: requestId, campaign: campaignId };
      const [first, ...more] = queries.map((query, n) => ({ id: String(n + 1), query, variables }));
      return subscribeRaw({ url, token, ...first!, more });
    });
    await Promise.all(some.map(({ subscribed }) => subscribed));
    waiters.push(...some);
  }
}

const act = async (asked: Waiting | 'count'): Promise<number> => {
  if (asked !== 'count') await begin(asked);
  return waiters.reduce((sum, each) => sum + each.count(), 0);
};

process.once('disconnect', () => process.exit());
process.on('message', (asked: Waiting | 'count') => {
  act(asked).then(
    (count) => process.send!(count),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
