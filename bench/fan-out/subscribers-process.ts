import { randomUUID } from 'node:crypto';
import { EVENTS } from './queries.js';
import { subscribeRaw } from './raw-subscriber.js';
import type { RawSubscriber } from './raw-subscriber.js';
import type { Asked, Counted, Subscribing } from './subscribers.js';

// A process with the subscribers of one program, which does what its parent asks.

const AT_ONCE = 50;
/** One of so many measures the delay of its deliveries. */
const SAMPLED = 20;

const subscribers: RawSubscriber[] = [];
let stalled: RawSubscriber[] = [];
let delays: number[] = [];
let before = 0;
let wanted: Subscribing;

const add = async (tokens: readonly string[], to: RawSubscriber[]): Promise<void> => {
  for (let begun = 0; begun < tokens.length; begun += AT_ONCE) {
    const some = tokens.slice(begun, begun + AT_ONCE).map((token, n) =>
      subscribeRaw({
        url: wanted.url,
        token,
        id: wanted.ids === 'same' ? '1' : randomUUID(),
        query: wanted.query ?? EVENTS,
        variables: { roomId: wanted.roomId },
        ...(wanted.from === undefined ? {} : { from: wanted.from }),
        ...((begun + n) % SAMPLED === 0 && to === subscribers ? { onDelay: (ms: number) => void delays.push(ms) } : {}),
      }),
    );
    await Promise.all(some.map(({ subscribed }) => subscribed));
    to.push(...some);
  }
};
const total = (): number => subscribers.reduce((sum, each) => sum + each.count(), 0);

const act = async (asked: Asked): Promise<Counted> => {
  if (asked.do === 'subscribe') {
    wanted = asked.subscribing;
    await add(wanted.tokens, subscribers);
  }
  if (asked.do === 'reset') [before, delays] = [total(), []];
  if (asked.do === 'stall') {
    await add(wanted.tokens.slice(0, asked.count), stalled);
    for (const each of stalled) each.stall();
  }
  if (asked.do === 'release') {
    for (const each of stalled) each.close();
    stalled = [];
  }
  return {
    deliveries: total() - before,
    served: subscribers.filter((each) => each.count() > 0).length,
    delays: asked.do === 'delays' ? delays : [],
    sampled: Math.ceil(subscribers.length / SAMPLED),
  };
};

process.once('disconnect', () => process.exit());
process.on('message', (asked: Asked) => {
  act(asked).then(
    (counted) => process.send!(counted),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
