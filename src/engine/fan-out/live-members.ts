import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Position, UserId } from '../domain/ids.js';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import type { Span } from '../runtime/tracing.js';
import type { Member } from './member.js';
import { createMembersByUser } from './members-by-user.js';
import type { RoomUpdate } from './notice.js';
import { isNotice } from './notice.js';
import { endPushSpan } from './push-span.js';
import type { Delivery } from './subscriber.js';

/** An event or notice with its result for the subscribers. */
export interface Pushed {
  readonly update: RoomUpdate;
  /** The only user who gets it; null: everyone. */
  readonly only: UserId | null;
  readonly result: string;
  /** Of a sampled trace: ended once the subscribers are written to. */
  readonly span?: Span | null;
}

/**
 * The subscribers of a group who have everything and get what comes. In a busy room, the results of a short window go
 * out in one write for each of them.
 */
export interface LiveMembers extends Iterable<Member> {
  readonly size: number;
  has(member: Member): boolean;
  /** From now on it gets what is pushed, and of what was pushed before only the results after its position. */
  add(member: Member): void;
  /** @returns whether it was there */
  delete(member: Member): boolean;
  /** Writes a result: at once in a quiet room, otherwise at the end of the window. */
  push(pushed: Pushed): void;
  /** Resolves once everything is written that was pushed before. */
  flush(): Promise<void>;
  /** Ends the members of a user who left the room with the event at this position. */
  left(user: UserId, at: Position): void;
}

/** Maximum time for which a result waits for others. */
const MAX_WINDOW_MS = 20;
/** Writing to a hundred takes less than a millisecond, so a window would delay them without saving much. */
const SUBSCRIBERS_PER_MS = 50;
/** The members that are written to in one turn of the event loop, some milliseconds: other rooms come in between. */
const WRITES_PER_TURN = 1_000;
/** The window ends early, so that a write stays far below the maximum backlog. */
const MAX_CHARACTERS = 1 << 16;
/** A subscriber with more unsent bytes than this is ended, and can resume. */
export const MAX_BACKLOG_BYTES = 1 << 20;

const windowOf = (subscribers: number): number => Math.min(MAX_WINDOW_MS, Math.floor(subscribers / SUBSCRIBERS_PER_MS));

export function createLiveMembers(logger: Logger, metrics: EngineMetrics): LiveMembers {
  const members = new Set<Member>();
  const byUser = createMembersByUser();
  let pending: Pushed[] = [];
  let characters = 0;
  let windowEnds = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | null = null;

  const deliver = (member: Member, delivery: Delivery, lastPosition: Position): void => {
    const { sink } = member.subscriber;
    try {
      if (sink.deliver(delivery) || sink.backlog() <= MAX_BACKLOG_BYTES) return;
    } catch (error) {
      return member.end({ reason: 'failed', error });
    }
    metrics.subscribersLagged.inc();
    member.end({ reason: 'lagged', position: lastPosition });
  };

  /**
   * Of a member that turned live after some of the batch was executed, so that it has got a part of it; or of one with
   * results of its own.
   */
  const resultsOf = (batch: readonly Pushed[], { position, subscriber }: Member): readonly string[] =>
    batch
      .filter(
        ({ update, only }) =>
          (only === null || only === subscriber.userId) &&
          (isNotice(update) ? update.position >= position : update.position > position),
      )
      .map(({ result }) => result);

  const writeToAll = async (batch: readonly Pushed[]): Promise<void> => {
    const [first, last] = [batch[0]!.update.position, batch.at(-1)!.update.position];
    const delivery: Delivery = { results: batch.filter(({ only }) => only === null).map(({ result }) => result) };
    const owners = new Set(batch.flatMap(({ only }) => (only === null ? [] : [only])));
    const isForAll = delivery.results.length > 0;
    let written = 0;
    for (const member of members) {
      if (member.position < first && (owners.size === 0 || !owners.has(member.subscriber.userId))) {
        if (isForAll) deliver(member, delivery, last);
      } else {
        const results = resultsOf(batch, member);
        if (results.length > 0) deliver(member, { results }, last);
      }
      if (++written % WRITES_PER_TURN === 0) await nextTurn();
    }
    if (written > 0) recordPushed(batch, written);
    else for (const { span } of batch) span?.end();
  };

  const recordPushed = (batch: readonly Pushed[], subscribers: number): void => {
    for (const { update, only, span } of batch) {
      if (span) endPushSpan(span, subscribers);
      if (isNotice(update) || only !== null) continue;
      const { at, traceId, position, partition } = update;
      metrics.eventsPushed.inc(subscribers);
      metrics.pushSeconds.observe((Date.now() - at.getTime()) / 1000);
      logger.debug({ traceId, position, partition, subscribers }, 'event pushed');
    }
  };

  const start = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const batch = pending;
    pending = [];
    characters = 0;
    windowEnds = performance.now() + windowOf(members.size);
    return (writing = writeToAll(batch).then(() => {
      writing = null;
      schedule();
    }));
  };

  const schedule = (): void => {
    if (writing || pending.length === 0) return;
    const wait = windowEnds - performance.now();
    if (wait <= 0 || characters >= MAX_CHARACTERS) void start();
    else timer ??= setTimeout(() => void start(), wait);
  };

  return {
    get size() {
      return members.size;
    },
    has: (member) => members.has(member),
    add(member) {
      members.add(member);
      byUser.add(member);
    },
    delete(member) {
      byUser.delete(member);
      return members.delete(member);
    },
    push(pushed) {
      // A later member has it from the kept results.
      if (members.size === 0) return pushed.span?.end();
      pending.push(pushed);
      characters += pushed.result.length;
      schedule();
    },
    async flush() {
      while (writing || pending.length > 0) await (writing ?? start());
    },
    left(user, at) {
      for (const member of byUser.of(user)) if (member.position < at) member.end({ reason: 'left' });
    },
    [Symbol.iterator]: () => members[Symbol.iterator](),
  };
}
