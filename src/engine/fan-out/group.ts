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
import { MAX_BACKLOG_BYTES, createLiveMembers } from './live-members.js';
import type { Member } from './member.js';
import type { Subscriber } from './subscriber.js';
import { flushed } from './subscriber.js';

/** The subscribers of a group who get an update. */
export type Audience = 'everyone' | 'nobody' | { readonly only: UserId };

/** The common request of a group's subscribers: the same selection, the same variables, and the same right to see. */
export interface GroupQuery {
  readonly key: string;
  readonly partition: Partition;
  /** Equal for subscribers with equal results. */
  readonly group: string;
  /**
   * Decided before an update is executed, and for each event of the history again. An update for nobody, or for a user
   * who is not there, is not executed. Default: everyone.
   */
  audience?(update: RoomUpdate): Audience;
  /**
   * Executes the selection for one event or notice, as JSON of an execution result; null if this subscription does not
   * show it.
   */
  render(update: RoomUpdate): Promise<string | null>;
}

export interface Group {
  /**
   * Takes the next event of the room, in order. An unreadable event ends all subscriptions of the room: no subscriber
   * may miss it unnoticed.
   */
  offer(event: LogEntry): void;
  /** Sends a notice to the live subscribers, after the events offered before. */
  announce(notice: Notice): void;
  /** Drops every kept result that mentions an erased user. */
  forget(userId: UserId): void;
  /** Resolves when the subscription has ended. */
  add(subscriber: Subscriber, after: Position): Promise<void>;
  /**
   * The log forked after this position. If the room had later events, its subscribers have seen lost ones: all of them
   * are ended, to read the state afresh. Subscribers that saw none continue.
   */
  forked(after: Position): void;
  stop(): void;
}

export interface GroupOptions {
  readonly query: GroupQuery;
  readonly store: Pick<EventStore, 'catalog' | 'readKey'>;
  /** The turns of the groups of a room, for live events. */
  readonly executions: PerTickLimiter;
  /** Where readers of the history take turns, over all rooms: nothing else bounds how much they ask for at once. */
  readonly histories: PerTickLimiter;
  /** The last position of the partition that was offered to the groups. */
  readonly delivered: () => Position;
  /** Whether the user has subscriptions to the room, in any group. */
  readonly isPresent: (user: UserId) => boolean;
  /** Called once: the last subscriber is gone, or an execution failed. Later subscribers need another group. */
  readonly emptied: () => void;
  readonly logger: Logger;
  readonly metrics: EngineMetrics;
}

const HISTORY_PAGE = 200;

/*
 * A subscriber is first *behind*: it reads the history of the room from the store, page by page, at the pace of its own
 * network. It turns *live* in one synchronous step as soon as the kept results of the group reach back to its position:
 * these are written to it, and from then on it gets each result together with all others. So no event is missed, and
 * none comes twice. Results that live members still wait for are among the kept ones: see `LiveMembers.add`.
 */
export function createGroup({
  query,
  store,
  executions,
  histories,
  delivered,
  isPresent,
  emptied,
  logger,
  metrics,
}: GroupOptions): Group {
  const live = createLiveMembers(logger, metrics);
  const behind = new Set<Member>();
  const queue: (LogEntry | Notice)[] = [];
  const kept = createKeptResults(delivered());
  let offered = position(0);
  /** Counts forks: data that was read before one may be lost. */
  let branch = 0;
  /** The event that is executed now, and whether a user in it was erased meanwhile: its result is outdated then. */
  let executing: { readonly event: RecordedEvent; outdated: boolean } | null = null;
  let draining = false;
  let closed = false;

  const close = (): void => {
    if (closed) return;
    closed = true;
    emptied();
  };

  const write = (member: Member, { event, change, only, result }: Rendered): void => {
    if (event.position <= member.position) return;
    const { sink, userId } = member.subscriber;
    if (result !== null && (only === null || only === userId)) sink.next(result);
    member.position = event.position;
    if (change?.userId === userId) member.outside = change.effect === 'ends';
  };

  const audienceOf = (update: RoomUpdate): Audience => query.audience?.(update) ?? 'everyone';

  const render = async (
    event: RecordedEvent,
    turns: PerTickLimiter,
    isThere: (user: UserId) => boolean,
  ): Promise<Rendered> => {
    const audience = audienceOf(event);
    const only = typeof audience === 'object' ? audience.only : null;
    const isWanted = audience === 'everyone' || (only !== null && isThere(only));
    if (isWanted) await turns.enter();
    const change = store.catalog.accessChange(event.event);
    return { event, change, only, result: isWanted ? await query.render(event) : null };
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
      rendered = await render(event, executions, isPresent);
    }
    executing = null;
    return rendered;
  };

  const send = async (notice: Notice): Promise<void> => {
    if (live.size === 0 || audienceOf(notice) === 'nobody') return;
    await executions.enter();
    const result = await query.render(notice);
    if (result !== null) live.push({ update: notice, only: null, result });
  };

  /** Kept first: a subscriber who turns live before this is written must know it. */
  const push = async (rendered: Rendered): Promise<void> => {
    kept.add(rendered);
    const { event, change, only, result } = rendered;
    if (result !== null) live.push({ update: event, only, result });
    if (change?.effect !== 'ends' || !isPresent(change.userId)) return;
    await live.flush();
    live.left(change.userId, event.position);
  };

  const drain = async (): Promise<void> => {
    draining = true;
    try {
      for (let event = queue.shift(); event; event = queue.shift()) {
        if (isNotice(event)) {
          await send(event);
          continue;
        }
        if (!isReadable(event)) throw event.unreadable;
        const rendered = await renderNext(event);
        const erased = store.catalog.erasedBy(event.event);
        if (erased) forget(erased);
        await push(rendered);
      }
    } catch (error) {
      logger.error(
        { err: error, key: query.key },
        'executing a subscription failed; its subscribers are ended and can resume',
      );
      queue.length = 0;
      // First of all: the kept results are incomplete now, and an ended subscriber may come back at once.
      close();
      await live.flush();
      for (const member of [...live, ...behind]) member.end({ reason: 'failed', error });
    } finally {
      draining = false;
    }
  };

  /** Whether everything that the member does not have is kept. An event of its own may not have been executed. */
  const isKept = ({ position: at, subscriber }: Member): boolean =>
    at >= kept.after && !kept.lacks(subscriber.userId, at);

  /**
   * Writes the history after the member's position, until the kept results reach back to it. A user who is outside at
   * that point may have come back later than this group is, since the read model that admitted the member is ahead: the
   * event store shows it.
   */
  const catchUp = async (member: Member): Promise<void> => {
    const { sink, userId } = member.subscriber;
    while (behind.has(member) && (!isKept(member) || member.outside)) {
      const upTo = delivered();
      const of = branch;
      const events = await store.readKey(query.partition, query.key, member.position, HISTORY_PAGE);
      for (const event of events) {
        if (!behind.has(member)) return;
        const rendered = await render(event, histories, (user) => user === userId);
        if (branch !== of) break;
        write(member, rendered);
        if (sink.backlog() > MAX_BACKLOG_BYTES / 2) await flushed(sink, member.over);
      }
      if (branch !== of) continue;
      if (events.length < HISTORY_PAGE && member.outside) return member.end({ reason: 'left' });
      // A short page is the complete rest of the room as of `upTo`: there are no other events.
      if (events.length < HISTORY_PAGE && upTo > member.position) member.position = upTo;
      await flushed(sink, member.over);
    }
  };

  const goLive = (member: Member): void => {
    // Kept results may have been dropped since the history was read.
    if (!isKept(member)) return;
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
        logger.warn({ err: error, key: query.key }, 'a subscriber could not catch up; it is ended and can resume');
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
