import { randomUUID } from 'node:crypto';
import type { EventCatalog } from '../domain/event-catalog.js';
import type { RecordedEvent } from '../domain/event.js';
import { userId } from '../domain/ids.js';
import type { EpochPosition, Partition, UserId } from '../domain/ids.js';
import type { FanOut } from './fan-out.js';
import { isNotice } from './notice.js';
import type { End } from './subscriber.js';

const NOBODY = userId('');

export interface FollowKeyOptions {
  readonly fanOut: FanOut;
  readonly events: EventCatalog;
  readonly partition: Partition;
  readonly key: string;
  /** The position before the next event. Default: live from now. */
  readonly after?: EpochPosition | undefined;
  /** The user whose access an event of the key may end. */
  readonly userId?: UserId | undefined;
  readonly signal: AbortSignal;
}

/**
 * The stream ended before its reader did: the reader lagged too far behind, the log has lost its position, or there are
 * too many subscriptions.
 */
export class FollowEndedError extends Error {
  readonly code = 'FOLLOW_ENDED';
  readonly reason: 'lagged' | 'gone' | 'refused';

  constructor(reason: FollowEndedError['reason']) {
    super(`the stream of events has ended: ${reason}`);
    this.reason = reason;
  }
}

/**
 * The events of one key that its subscribers see, in order, without a gap: first those after `after`, then the live
 * ones. Ends with the signal, or with an event that ends the user's access.
 * @throws {FollowEndedError}
 */
export async function* followKey({
  fanOut,
  events,
  partition,
  key,
  after,
  userId: user = NOBODY,
  signal,
}: FollowKeyOptions): AsyncGenerator<RecordedEvent, void> {
  const waiting: { readonly event: RecordedEvent; readonly size: number }[] = [];
  let backlog = 0;
  const ending = new AbortController();
  let end: End | undefined;
  let wake: () => void = () => undefined;
  const ended = (how: End): void => {
    end ??= how;
    wake();
  };
  const take = (result: string): void => {
    const event = JSON.parse(result) as RecordedEvent;
    waiting.push({ event: { ...event, at: new Date(event.at) }, size: result.length });
    backlog += result.length;
    wake();
  };
  fanOut
    .subscribe(
      {
        key,
        partition,
        // A group of its own, so that results come in order.
        group: `alone ${randomUUID()}`,
        render: (updates) =>
          Promise.resolve(
            updates.flatMap((update) =>
              isNotice(update) || !events.isShown(update.event) ? [] : [JSON.stringify(update)],
            ),
          ),
      },
      after?.position ?? fanOut.position(partition),
      {
        userId: user,
        signal: AbortSignal.any([signal, ending.signal]),
        sink: {
          transport: 'websocket',
          backlog: () => backlog,
          next(result, flushed) {
            take(result);
            flushed?.();
          },
          deliver({ results }) {
            results.forEach(take);
            return false;
          },
        },
        ended,
      },
      after?.epoch,
    )
    .catch((error: unknown) => ended({ reason: 'failed', error }));
  try {
    for (;;) {
      const next = waiting.shift();
      if (next) {
        backlog -= next.size;
        yield next.event;
      } else if (end) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    ending.abort();
  }
  switch (end.reason) {
    case 'failed':
      throw end.error;
    case 'lagged':
    case 'gone':
    case 'refused':
      throw new FollowEndedError(end.reason);
    case 'cancelled':
    case 'stopping':
    case 'left':
      return;
    default:
      end satisfies never;
  }
}
