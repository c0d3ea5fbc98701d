import { randomUUID } from 'node:crypto';
import { commandId, offset, traceId, userId } from '../../src/engine/domain/ids.js';
import type { Commit, EventStore, Outcome } from '../../src/engine/store/event-store.js';
import { ROOM } from './room-events.js';

/** The outcome of the command at this offset. */
export const outcome = (at: number, events: Outcome['events'] = [], key: string = ROOM): Outcome => ({
  commandId: commandId(randomUUID()),
  fingerprint: 'f'.repeat(32),
  userId: userId('mina'),
  traceId: traceId('0'.repeat(32)),
  offset: offset(at),
  key,
  at: new Date('2026-12-24T18:00:00.123Z'),
  rejection: null,
  events,
});

/** A batch of a partition from this checkpoint on. */
export const commitOf = (
  store: EventStore,
  partition: number,
  from: number,
  outcomes: readonly Outcome[],
  more: Partial<Commit> = {},
): Commit => ({
  queue: 'commands',
  partition,
  epoch: store.epochs.current(partition),
  from: offset(from),
  to: offset(from + outcomes.length),
  lastAt: null,
  published: offset(0),
  outcomes,
  snapshots: [],
  deadLetters: [],
  ...more,
});
