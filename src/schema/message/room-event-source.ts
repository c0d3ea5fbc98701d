import { randomUUID } from 'node:crypto';
import { isShown } from '../../events/definitions.js';
import type { Epoch, Partition, Position, UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../../events/ids.js';
import type { FanOut } from '../../engine/fan-out/fan-out.js';
import type { RoomUpdate } from '../../engine/fan-out/notice.js';
import { isNotice } from '../../engine/fan-out/notice.js';
import type { End } from '../../engine/fan-out/subscriber.js';
import { positionGone, tooManyRequests } from '../errors.js';
import { RETRY_AFTER_MS } from '../../server/errors/format-error.js';

export interface RoomEventPlace {
  readonly roomId: RoomId;
  readonly partition: Partition;
  readonly after: Position;
  /** The epoch of `after`. The caller is checked before the subscription begins. */
  readonly epoch: Epoch;
  readonly userId: UserId;
}

/**
 * The result of the `roomEvents` field. A transport that streams does not iterate it: it takes the starting point and
 * has the fan-out write to the transport's sink, together with all subscribers of the same selection. Other executors
 * iterate it and get one event an iteration.
 */
export class RoomEventSource implements AsyncIterable<RoomUpdate> {
  readonly #fanOut: FanOut;
  readonly place: RoomEventPlace;

  constructor(fanOut: FanOut, place: RoomEventPlace) {
    this.#fanOut = fanOut;
    this.place = place;
  }

  [Symbol.asyncIterator](): AsyncIterator<RoomUpdate, void> {
    const { roomId, partition, after, epoch, userId } = this.place;
    const waiting: RoomUpdate[] = [];
    const ending = new AbortController();
    let end: End | undefined;
    let wake: () => void = () => undefined;
    const ended = (how: End): void => {
      end ??= how;
      wake();
    };

    const subscribed = this.#fanOut.subscribe(
      {
        key: roomId,
        partition,
        group: `alone ${randomUUID()}`,
        render: (update) => Promise.resolve(isNotice(update) || isShown(update.event) ? JSON.stringify(update) : null),
      },
      after,
      {
        userId,
        signal: ending.signal,
        sink: {
          transport: 'websocket',
          backlog: () => 0,
          next(result) {
            const update = JSON.parse(result) as RoomUpdate;
            waiting.push({ ...update, at: new Date(update.at) });
            wake();
          },
        },
        ended,
      },
      epoch,
    );
    subscribed.catch((error: unknown) => ended({ reason: 'failed', error }));

    const done = { done: true, value: undefined } as const;
    return {
      async next() {
        while (waiting.length === 0 && !end) await new Promise<void>((resolve) => (wake = resolve));
        const value = waiting.shift();
        if (value) return { done: false, value };
        if (end?.reason === 'failed') throw end.error;
        if (end?.reason === 'gone') throw positionGone();
        if (end?.reason === 'refused')
          throw tooManyRequests('There are too many subscriptions to this room: end some first.', RETRY_AFTER_MS);
        return done;
      },
      return() {
        ending.abort();
        return Promise.resolve(done);
      },
    };
  }
}
