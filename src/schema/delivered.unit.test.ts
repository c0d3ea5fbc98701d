import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { position, userId } from '../engine/domain/ids.js';
import type { End, Sink, Subscriber } from '../engine/fan-out/subscriber.js';
import { isDelivered } from '../server/delivered.js';
import type { ApiContext } from './context.js';
import { delivered } from './delivered.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const sink: Sink = { transport: 'websocket', backlog: () => 0, next: () => undefined, deliver: () => true };
const LAGGED = new Error('lagged');
const failureOf = ({ reason }: End): Error | null => (reason === 'lagged' ? LAGGED : null);

function setup(subscribe?: (subscriber: Subscriber) => Promise<void> | void) {
  const subscribers: Subscriber[] = [];
  const connection = new AbortController();
  const results = delivered({
    context: { signal: connection.signal } as ApiContext,
    sink,
    userId: userId('ann'),
    failureOf,
    subscribe: subscribe ?? ((subscriber) => void subscribers.push(subscriber)),
  });
  if (!isDelivered(results)) throw new Error('a transport could not be notified of the end');
  return { results, subscribers, connection };
}

test('the transport is notified of the end once, and of its failure', () => {
  const { results, subscribers } = setup();
  const ends: (Error | null)[] = [];
  results.start((failure) => void ends.push(failure));
  expect(ends).toEqual([]);
  subscribers[0]!.ended({ reason: 'lagged', position: position(1) });
  subscribers[0]!.ended({ reason: 'cancelled' });
  results.cancel();
  expect(ends).toEqual([LAGGED]);
});

test('a client that ends it, before or after it began, is notified at once', async () => {
  const before = setup();
  const ends: string[] = [];
  before.results.cancel();
  before.results.start(() => void ends.push('before'));
  expect([ends, before.subscribers]).toEqual([['before'], []]);

  const closed = setup();
  closed.connection.abort();
  closed.results.start(() => void ends.push('closed'));
  expect(closed.subscribers).toEqual([]);

  // While the subscriber waits to be added to its group, and is added later.
  let cancelled = 0;
  const later = setup(async (subscriber) => {
    await turn();
    subscriber.began?.(() => cancelled++);
  });
  later.results.start(() => void ends.push('later'));
  later.results.cancel();
  expect(ends).toEqual(['before', 'closed', 'later']);
  await turn();
  await turn();
  expect(cancelled).toBe(1);
});

test('a subscription that cannot begin is ended as failed', async () => {
  for (const fail of [() => Promise.reject(new Error('away')), () => void JSON.parse('{')]) {
    const { results } = setup(fail);
    await new Promise<void>((resolve) => results.start(() => resolve()));
  }
});

test('what a subscription began with is not kept while it lasts', async () => {
  let kept: WeakRef<object> | undefined;
  const begin = () => {
    const loaders = { many: Array.from({ length: 1_000 }, (_, n) => n) };
    kept = new WeakRef(loaders);
    return setup(() => void loaders.many.length);
  };
  const { results } = begin();
  results.start(() => undefined);
  await turn();
  collectGarbage();
  expect(kept?.deref()).toBeUndefined();
  results.cancel();
});
