import type { LogEntry, RecordedEvent } from '../domain/event.js';
import { isReadable } from '../domain/event.js';
import type { Partition, Position, UserId } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import type { PerTickLimiter } from '../runtime/per-tick-limiter.js';
import type { EventStore } from '../store/event-store.js';
import type { Notice, RoomUpdate } from './notice.js';
import { isNotice } from './notice.js';
import type { Rendered } from './kept-results.js';
import { createKeptResults } from './kept-results.js';
import type { End, Subscriber } from './subscriber.js';
import { flushed } from './subscriber.js';

/** What all subscribers of a group asked: the same selection, the same variables, and the same right to see. */
export interface GroupQuery {
  readonly key: string;
  readonly partition: Partition;
  /** Equal for those who get equal results. */
  readonly group: string;
  /**
   * Executes the selection for one event or notice, as JSON of an execution result; null for one that this subscription
   * does not show.
   */
  render(update: RoomUpdate): Promise<string | null>;
}

export interface Group {
  /**
   * The next event of the room, in order. One that this program cannot read ends all subscriptions of the room: none
   * must miss it unawares.
   */
  offer(event: LogEntry): void;
  /** Tells those who are live, behind the events that were offered before. */
  announce(notice: Notice): void;
  /** Lets go of every result that tells of a user, who was erased. */
  forget(userId: UserId): void;
  /** Resolves when the subscription has ended. */
  add(subscriber: Subscriber, after: Position): Promise<void>;
  /**
   * The log goes on behind this position. If the room had events after it, they were told and are none any more: all of
   * its subscribers are ended, to read the state afresh. Those who were told of none go on.
   */
  forked(after: Position): void;
  stop(): void;
}

export interface GroupOptions {
  readonly query: GroupQuery;
  readonly store: Pick<EventStore, 'catalog' | 'readKey'>;
  /** Where the groups of a room take turns, for what happens now. */
  readonly executions: PerTickLimiter;
  /** Where readers of the history take turns, over all rooms: nothing else bounds how much they ask for at once. */
  readonly histories: PerTickLimiter;
  /** The last position of the partition that was offered to the groups. */
  readonly delivered: () => Position;
  /** Called once: the last subscriber is gone, or an execution failed. Later subscribers need another group. */
  readonly emptied: () => void;
  readonly logger: Logger;
  readonly metrics: EngineMetrics;
}

interface Member {
  readonly subscriber: Subscriber;
  /** Everything up to here was written to it. */
  position: Position;
  /** As of `position`, of someone who reads the history: who left may have come back further on. */
  outside: boolean;
  /** Aborted once the subscription has ended. */
  readonly over: AbortSignal;
  end(end: End): void;
}

/** A subscriber with more than this many bytes waiting is ended, to resume when it can. */
const MAX_BACKLOG_BYTES = 1 << 20;
const HISTORY_PAGE = 200;

/*
 * A subscriber is first *behind*: it reads the history of the room from the store, page by page, at the pace of its own
 * network. It turns *live* in one synchronous step as soon as the results that the group has kept reach back to where
 * it stands: those are written to it, and from then on it gets each result together with all others. So nothing is
 * missed and nothing comes twice.
 */
export function createGroup({
  query,
  store,
  executions,
  histories,
  delivered,
  emptied,
  logger,
  metrics,
}: GroupOptions): Group {
  const live = new Set<Member>();
  const behind = new Set<Member>();
  const queue: (LogEntry | Notice)[] = [];
  const kept = createKeptResults(delivered());
  let offered = position(0);
  /** Counts the forks: what was read before one may be of what the log has lost. */
  let branch = 0;
  /**
   * The event that is executed now, and whether somebody of whom it tells was erased meanwhile: its result is as it was
   * before.
   */
  let executing: { readonly event: RecordedEvent; outdated: boolean } | null = null;
  let draining = false;
  let closed = false;

  const close = (): void => {
    if (closed) return;
    closed = true;
    emptied();
  };

  const write = (member: Member, { event, change, result }: Rendered): void => {
    if (event.position <= member.position) return;
    const { sink, userId } = member.subscriber;
    if (result !== null) sink.next(result);
    member.position = event.position;
    if (change?.userId === userId) member.outside = change.effect === 'ends';
    if (member.outside && live.has(member)) member.end({ reason: 'left' });
    else if (live.has(member) && sink.backlog() > MAX_BACKLOG_BYTES) {
      metrics.subscribersLagged.inc();
      member.end({ reason: 'lagged', position: member.position });
    }
  };

  const render = async (event: RecordedEvent, turns: PerTickLimiter): Promise<Rendered> => {
    await turns.enter();
    return { event, change: store.catalog.accessChange(event.event), result: await query.render(event) };
  };

  const forget = (user: UserId): void => {
    const isAbout = ({ event }: RecordedEvent): boolean => store.catalog.isAbout(event, user);
    if (executing && isAbout(executing.event)) executing.outdated = true;
    kept.forget(isAbout);
  };

  const renderNext = async (event: RecordedEvent): Promise<Rendered> => {
    const run = { event, outdated: true };
    executing = run;
    let rendered: Rendered | null = null;
    while (run.outdated || !rendered) {
      run.outdated = false;
      rendered = await render(event, executions);
    }
    executing = null;
    return rendered;
  };

  const tell = async (notice: Notice): Promise<void> => {
    if (live.size > 0) await executions.enter();
    const result = live.size > 0 ? await query.render(notice) : null;
    if (result !== null) for (const { subscriber } of live) subscriber.sink.next(result);
  };

  const drain = async (): Promise<void> => {
    draining = true;
    try {
      for (let event = queue.shift(); event; event = queue.shift()) {
        if (isNotice(event)) {
          await tell(event);
          continue;
        }
        if (!isReadable(event)) throw event.unreadable;
        const rendered = await renderNext(event);
        const erased = store.catalog.erasedBy(event.event);
        if (erased) forget(erased);
        kept.add(rendered);
        for (const member of live) write(member, rendered);
        if (rendered.result !== null && live.size > 0) {
          metrics.eventsPushed.inc(live.size);
          metrics.pushSeconds.observe((Date.now() - event.at.getTime()) / 1000);
          logger.debug(
            { traceId: event.traceId, position: event.position, partition: event.partition, subscribers: live.size },
            'event pushed',
          );
        }
      }
    } catch (error) {
      logger.error(
        { err: error, key: query.key },
        'executing a subscription failed; its subscribers are ended and can resume',
      );
      queue.length = 0;
      // First of all: what it still has is no longer all that the room has, and who is told may come back at once.
      close();
      for (const member of [...live, ...behind]) member.end({ reason: 'failed', error });
    } finally {
      draining = false;
    }
  };

  /**
   * Writes the history after the member's position, until the kept results reach back to it. Who is outside as of there
   * may have come back further on than this group is, for the read model that let the member in is ahead: the record
   * tells.
   */
  const catchUp = async (member: Member): Promise<void> => {
    const { sink } = member.subscriber;
    while (behind.has(member) && (member.position < kept.after || member.outside)) {
      const upTo = delivered();
      const of = branch;
      const events = await store.readKey(query.partition, query.key, member.position, HISTORY_PAGE);
      for (const event of events) {
        if (!behind.has(member)) return;
        const rendered = await render(event, histories);
        if (branch !== of) break;
        write(member, rendered);
        if (sink.backlog() > MAX_BACKLOG_BYTES / 2) await flushed(sink, member.over);
      }
      if (branch !== of) continue;
      if (events.length < HISTORY_PAGE && member.outside) return member.end({ reason: 'left' });
      // A short page is the whole rest of the room as of `upTo`: what it does not hold does not exist.
      if (events.length < HISTORY_PAGE && upTo > member.position) member.position = upTo;
      await flushed(sink, member.over);
    }
  };

  const goLive = (member: Member): void => {
    // Results may have been let go of since the history was read up to them.
    if (member.position < kept.after) return;
    for (const rendered of kept) {
      if (!behind.has(member)) return;
      write(member, rendered);
    }
    if (member.outside || !behind.delete(member)) return;
    live.add(member);
  };

  return {
    offer(event) {
      offered = event.position;
      queue.push(event);
      if (!draining) void drain();
    },

    announce(notice) {
      queue.push(notice);
      if (!draining) void drain();
    },

    forget,

    async add(subscriber, after) {
      const { signal, sink } = subscriber;
      const ending = new AbortController();
      const over = new Promise<void>((resolve) =>
        ending.signal.addEventListener('abort', () => resolve(), { once: true }),
      );
      const member: Member = {
        subscriber,
        position: after,
        outside: false,
        over: ending.signal,
        end(end) {
          if (!live.delete(member) && !behind.delete(member)) return;
          signal.removeEventListener('abort', cancel);
          metrics.subscribers.dec({ transport: sink.transport });
          subscriber.ended(end);
          ending.abort();
          if (live.size + behind.size === 0) close();
        },
      };
      const cancel = (): void => member.end({ reason: 'cancelled' });
      behind.add(member);
      metrics.subscribers.inc({ transport: sink.transport });
      if (signal.aborted) cancel();
      else signal.addEventListener('abort', cancel, { once: true });

      try {
        while (behind.has(member)) {
          await catchUp(member);
          goLive(member);
        }
      } catch (error) {
        logger.warn({ err: error, key: query.key }, 'a subscriber could not be caught up; it is ended and can resume');
        member.end({ reason: 'failed', error });
      }
      await over;
    },

    forked(after) {
      branch++;
      const lost = [...live, ...behind].filter((member) => offered > after || member.position > after);
      if (offered > after) {
        queue.length = 0;
        close();
      } else kept.forked(after);
      for (const member of lost) member.end({ reason: 'gone' });
    },

    stop() {
      for (const member of [...live, ...behind]) member.end({ reason: 'stopping' });
    },
  };
}
