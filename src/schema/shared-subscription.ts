import type { ExecutionArgs, ExecutionResult } from 'graphql';
import { createSourceEventStream, execute } from 'graphql';
import { UnreadableEventError } from '../engine/domain/upcast.js';
import type { RoomUpdate } from '../engine/fan-out/notice.js';
import { iteration } from '../engine/runtime/iteration.js';
import type { GroupQuery } from '../engine/fan-out/group-query.js';
import type { End, RefusedBy, Sink, Subscriber } from '../engine/fan-out/subscriber.js';
import type { ApiContext } from './context.js';
import type { ApiServices } from './services.js';
import { sharedExecution } from './execute-shared.js';
import { positionGone, subscriptionLagged, tooManyRequests, unavailable } from './errors.js';
import { RETRY_AFTER_MS } from '../server/errors/format-error.js';
import { exceeds } from '../server/limits/answer-bytes.js';
import { CampaignProgressSource, campaignProgress } from './gifticon/progress-subscription.js';
import { delivered } from './delivered.js';
import type { Results } from './delivered.js';
import { audienceOf } from './message/event-filter.js';
import { RoomEventSource } from './message/open-room-events.js';
import { groupIdentity } from './subscription-plan.js';

/** The maximum number of events in one batch. */
const MAX_BATCH = 200;

/**
 * Starts a subscription for a transport that streams. Results of `roomEvents` and `campaignProgress` go to the sink of
 * the context, executed and serialised once for all subscribers of the same selection; the iterator yields nothing and
 * only reports when and how the subscription ended. Other subscriptions yield results.
 */
export async function subscribeShared(args: ExecutionArgs): Promise<Results | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const context = args.contextValue as ApiContext;
  if (source instanceof RoomEventSource && context.sink) return roomEvents(args, context, source, context.sink);
  if (source instanceof CampaignProgressSource && context.sink)
    return campaignProgress(args, context, source, context.sink);
  return mapped(source, async (rootValue) => execute({ ...args, rootValue }));
}

function mapped(source: AsyncIterable<unknown>, map: (value: unknown) => Promise<ExecutionResult>): Results {
  const iterator = source[Symbol.asyncIterator]();
  return iteration({
    async next() {
      const { done, value } = await iterator.next();
      return done ? undefined : map(value);
    },
    end: () => iterator.return?.(),
  });
}

function roomEvents(args: ExecutionArgs, context: ApiContext, { place }: RoomEventSource, sink: Sink): Results {
  const { services } = context;
  const { roomId, partition, after, epoch, userId, filter, batchMs } = place;
  const { key, viewerDependent } = groupIdentity(args, roomId, userId, place);
  const query: GroupQuery = {
    key: roomId,
    partition,
    group: key,
    audience: (update) => audienceOf(update, filter, () => services.roomSums.isLarge(roomId)),
    ...(batchMs === null ? {} : { batch: { ms: batchMs, max: MAX_BATCH } }),
    render: renderer(args, context, viewerDependent, batchMs !== null),
  };
  const subscribe = (subscriber: Subscriber): Promise<void> => {
    const unwatch = filter.kinds?.has('OCCUPANCY') ? services.occupancy.watch(roomId) : null;
    const subscription = services.fanOut.subscribe(query, after, subscriber, epoch);
    return unwatch ? endingWith(subscription, unwatch) : subscription;
  };
  return delivered({
    context,
    sink,
    userId,
    failureOf: failuresOf(services, partition),
    subscribe: (subscriber) =>
      filter.summarise
        ? services.roomSums.watch(roomId).then((release) => endingWith(subscribe(subscriber), release))
        : subscribe(subscriber),
  });
}

// On their own: they live for as long as the subscription, and so does all that they close over.
const endingWith = (subscription: Promise<void>, release: () => void): Promise<void> => subscription.finally(release);
const failuresOf =
  (services: ApiServices, partition: number) =>
  (end: End): Error | null =>
    failureOf(end, services, partition);

const REFUSED: Readonly<Record<RefusedBy, string>> = {
  groups_of_room:
    'This room has too many subscriptions that differ in what they select: select what others do, ' +
    'without fields that depend on who asks.',
  groups_of_user:
    'You have too many subscriptions to this room that differ in what they select: use one for all, or end some first.',
};

/** The client's error for an end; null where the end is no error. */
function failureOf(end: End, { cursorSigner, isTransient }: ApiServices, partition: number): Error | null {
  switch (end.reason) {
    case 'cancelled':
    case 'left':
      return null;
    case 'stopping':
      // Completing would say that the room has ended.
      return unavailable('The server is stopping: subscribe again, with `after` set to the last position received.');
    case 'lagged':
      return subscriptionLagged(cursorSigner.position({ partition, position: end.position }));
    case 'gone':
      return positionGone();
    case 'refused':
      return tooManyRequests(REFUSED[end.by], RETRY_AFTER_MS);
    case 'failed':
      if (isTransient(end.error) || end.error instanceof UnreadableEventError)
        return unavailable(
          'Events could not be read: subscribe again, with `after` set to the last position received.',
          undefined,
          { cause: end.error },
        );
      return end.error instanceof Error ? end.error : new Error(String(end.error));
    default:
      return end satisfies never;
  }
}

/**
 * Executes the selection for one event, or for those of a batch. A transient failure ends the subscribers, who resume.
 */
function renderer(args: ExecutionArgs, context: ApiContext, viewerDependent: boolean, inBatches: boolean) {
  const { answerBytes } = context.services;
  const shared = sharedExecution(args, context, viewerDependent);

  const render = async (updates: readonly RoomUpdate[]): Promise<readonly string[]> => {
    const { traceId } = updates.at(-1)!;
    const executed = await shared.execute(inBatches ? { updates } : updates[0], traceId);
    // Of a batch nothing is left out.
    if (updates.length > 1 && exceeds(executed, answerBytes)) {
      const half = Math.ceil(updates.length / 2);
      return [...(await render(updates.slice(0, half))), ...(await render(updates.slice(half)))];
    }
    return [shared.serialise(executed, traceId)];
  };
  return render;
}
