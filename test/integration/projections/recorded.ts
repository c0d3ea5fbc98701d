import type { DomainEvent, RecordedEvent } from '../../../src/events/event.js';
import { commandId, position, traceId } from '../../../src/engine/domain/ids.js';
import type { ReadCacheOptions } from '../../../src/engine/redis/read-cache.js';
import type { ProjectionStore } from '../../../src/engine/projector/projection-store.js';
import type { Projection } from '../../../src/engine/projector/projection.js';
import { keyOfEvent, streamOfEvent } from '../../support/given.js';

export const PARTITION = 3;
const START = Date.UTC(2026, 0, 1);

/** The time of the event at a position. */
export const atOf = (at: number): Date => new Date(START + at * 1000);

/** Events in the form of the log: positions 1, 2, 3 … of one partition, a second apart. */
export const recorded = (...events: readonly DomainEvent[]): readonly RecordedEvent[] =>
  events.map((event, index) => ({
    partition: PARTITION,
    position: position(index + 1),
    key: keyOfEvent(event),
    stream: streamOfEvent(event).id,
    version: index + 1,
    event,
    commandId: commandId('018f2f6e-0000-7000-8000-000000000001'),
    traceId: traceId('0'.repeat(32)),
    at: atOf(index + 1),
  }));

export const handledBy = (projection: Projection, events: readonly RecordedEvent[]): readonly RecordedEvent[] =>
  events.filter(({ event }) => projection.handles.includes(event.type));

/** For reads that are not compared with earlier ones. */
export const NOTHING_SHOWN: Pick<ReadCacheOptions, 'caughtUp' | 'head'> = {
  caughtUp: () => Promise.resolve(true),
  head: () => position(0),
};

/** Projects the events in batches of these sizes in turn, as a runner does, and marks the model live. */
export async function project<P extends Projection>(
  store: ProjectionStore<P>,
  projections: readonly P[],
  events: readonly RecordedEvent[],
  sizes: readonly number[] = [events.length || 1],
): Promise<void> {
  for (const projection of projections) {
    let { position: at } = await store.progress(projection, PARTITION);
    for (let turn = 0, rest = events.filter((event) => event.position > at); rest.length > 0; turn++) {
      const size = sizes[turn % sizes.length]!;
      const batch = rest.slice(0, size);
      rest = rest.slice(size);
      const to = batch.at(-1)!.position;
      expect(await store.apply(projection, PARTITION, at, to, handledBy(projection, batch))).toBe('applied');
      at = to;
    }
    await store.setLive(projection, PARTITION, true);
  }
}
