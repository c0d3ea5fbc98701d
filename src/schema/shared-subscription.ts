import type { ExecutionArgs, ExecutionResult } from 'graphql';
import { createSourceEventStream, execute } from 'graphql';
import { UnreadableEventError } from '../engine/domain/upcast.js';
import type { RoomUpdate } from '../engine/fan-out/notice.js';
import { iteration } from '../engine/runtime/iteration.js';
import type { GroupQuery } from '../engine/fan-out/group-query.js';
import type { End, RefusedBy, Sink } from '../engine/fan-out/subscriber.js';
import { requestContext, sharedContext } from './context-factory.js';
import type { ApiContext } from './context.js';
import type { ApiServices } from './services.js';
import { positionGone, subscriptionLagged, tooManyRequests, unavailable } from './errors.js';
import type { ErrorCode } from '../server/errors/error-codes.js';
import { RETRY_AFTER_MS, formatError } from '../server/errors/format-error.js';
import { boundedAnswer, exceeds } from '../server/limits/answer-bytes.js';
import { audienceOf } from './message/event-filter.js';
import { RoomEventSource } from './message/open-room-events.js';
import { groupIdentity } from './subscription-plan.js';
import { requireViewer } from './viewer.js';

/** The maximum number of events in one batch. */
const MAX_BATCH = 200;

type Results = AsyncGenerator<ExecutionResult, void, void>;

/**
 * Starts a subscription for a transport that streams. Results of `roomEvents` go to the sink of the context, executed
 * and serialised once for all subscribers of the same selection; the iterator yields nothing and only reports when and
 * how the subscription ended. Other subscriptions yield results.
 */
export async function subscribeShared(args: ExecutionArgs): Promise<Results | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const context = args.contextValue as ApiContext;
  if (source instanceof RoomEventSource && context.sink) return delivery(args, context, source, context.sink);
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

function delivery(args: ExecutionArgs, context: ApiContext, { place }: RoomEventSource, sink: Sink): Results {
  const { services, signal } = context;
  const { roomId, partition, after, epoch, userId, filter, batchMs } = place;
  const { key, viewerDependent } = groupIdentity(args, roomId, userId, place);
  const ending = new AbortController();
  const abort = (): void => ending.abort();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();

  // Not before the transport asks for the first time: a client that ends its subscription before it was announced must
  // not be written to.
  let over: Promise<End> | undefined;
  const query: GroupQuery = {
    key: roomId,
    partition,
    group: key,
    audience: (update) => audienceOf(update, filter, () => services.roomSums.isLarge(roomId)),
    ...(batchMs === null ? {} : { batch: { ms: batchMs, max: MAX_BATCH } }),
    render: renderer(args, context, viewerDependent, batchMs !== null),
  };
  const subscribe = async (ended: (end: End) => void): Promise<void> => {
    const release = filter.summarise ? await services.roomSums.watch(roomId) : null;
    try {
      await services.fanOut.subscribe(query, after, { userId, sink, signal: ending.signal, ended }, epoch);
    } finally {
      release?.();
    }
  };
  const started = (): Promise<End> =>
    new Promise<End>((ended) => {
      subscribe(ended).catch((error: unknown) => ended({ reason: 'failed', error }));
    });

  return iteration({
    async next() {
      if (!over && ending.signal.aborted) return undefined;
      const first = over === undefined;
      over ??= started();
      const end = await over;
      signal.removeEventListener('abort', abort);
      const failure = first ? failureOf(end, services, partition) : null;
      if (failure) throw failure;
      return undefined;
    },
    end() {
      signal.removeEventListener('abort', abort);
      abort();
    },
  });
}

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
 * Executes the selection for one event, or for those of a batch. It outlives the subscriber that made it, so it keeps
 * nothing of the subscriber apart from the key's content.
 */
function renderer(
  { schema, document, operationName, variableValues }: ExecutionArgs,
  context: ApiContext,
  viewerDependent: boolean,
  inBatches: boolean,
) {
  const { services, logger } = context;
  const viewer = viewerDependent ? requireViewer(context) : null;
  const never = new AbortController().signal;

  const render = async (updates: readonly RoomUpdate[]): Promise<readonly string[]> => {
    services.metrics.groupExecutions.inc();
    const { traceId } = updates.at(-1)!;
    const parts = { traceId, logger, signal: never };
    const executed = await execute({
      schema,
      document,
      operationName,
      variableValues,
      rootValue: inBatches ? { updates } : updates[0],
      contextValue: viewer ? requestContext(services, { ...parts, viewer }) : sharedContext(services, parts),
    });
    // Of a batch nothing is left out.
    if (updates.length > 1 && exceeds(executed, services.answerBytes)) {
      const half = Math.ceil(updates.length / 2);
      return [...(await render(updates.slice(0, half))), ...(await render(updates.slice(half)))];
    }
    const { errors, ...result } = boundedAnswer(executed, services.answerBytes, () =>
      services.metrics.answersRefused.inc(),
    );
    if (!errors) return [JSON.stringify(result)];
    // Counted once for all subscribers who share it.
    const countError = (code: ErrorCode): void =>
      services.metrics.graphqlErrors.inc({ code, transport: 'subscription' });
    const formatted = errors.map((error) =>
      formatError(error, { traceId, logger, isTransient: services.isTransient, countError }),
    );
    // A transient failure must not become the only result that subscribers ever get for this event: they are ended, and
    // resume.
    const passing = formatted.findIndex(({ extensions }) => extensions?.code === 'UNAVAILABLE');
    if (passing >= 0) throw errors[passing]!.originalError ?? errors[passing]!;
    return [JSON.stringify({ errors: formatted, ...result })];
  };
  return render;
}
