import type { LogEntry, RecordedEvent } from '../domain/event.js';
import type { Position, UserId } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import { pause } from '../runtime/retry.js';
import type { PerTickLimiter } from '../runtime/per-tick-limiter.js';
import type { GroupOptions } from './group-query.js';
import type { Notice, RoomUpdate } from './notice.js';
import { isNotice } from './notice.js';
import type { Audience, Run } from './runs.js';
import { historyRuns, takeRun } from './runs.js';
import type { Rendered } from './kept-results.js';
import { createKeptResults } from './kept-results.js';
import { MAX_BACKLOG_BYTES, createLiveMembers } from './live-members.js';
import type { Member } from './member.js';
import { createMember } from './member.js';
import { endedOnFailure, startPushSpan } from './push-span.js';
import type { Subscriber } from './subscriber.js';
import { flushed } from './subscriber.js';

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
  tracer,
}: GroupOptions): Group {
  const { batch } = query;
  const live = createLiveMembers(logger, metrics);
  const behind = new Set<Member>();
  const queue: (LogEntry | Notice)[] = [];
  const kept = createKeptResults(delivered());
  let offered = position(0);
  /** Counts forks: data that was read before one may be lost. */
  let branch = 0;
  /** The run that is executed now, and whether a user in it was erased meanwhile: its results are outdated then. */
  let executing: { readonly run: Run; outdated: boolean } | null = null;
  /** In a batching group: the end of the current window. */
  let windowEnds = 0;
  let draining = false;
  let closed = false;

  const close = (): void => {
    if (closed) return;
    closed = true;
    emptied();
  };

  const write = (member: Member, { events, position: at, only, results }: Rendered): void => {
    if (at <= member.position) return;
    const { sink, userId } = member.subscriber;
    if (only === null || only === userId) for (const result of results) sink.next(result);
    member.position = at;
    for (const { event } of events) {
      const change = store.catalog.accessChange(event);
      if (change?.userId === userId) member.outside = change.effect === 'ends';
    }
  };

  const audienceOf = (update: RoomUpdate): Audience => query.audience?.(update) ?? 'everyone';

  const render = async ({ updates, shown, only }: Run, turns: PerTickLimiter): Promise<Rendered> => {
    if (shown.length > 0) await turns.enter();
    return {
      events: updates.flatMap((update) => (isNotice(update) ? [] : [update])),
      position: updates.at(-1)!.position,
      only,
      results: shown.length > 0 ? await query.render(shown) : [],
    };
  };

  /** A kept result, for those alone who are to get its event now: the room may be larger than it was then. */
  const asOfNow = (rendered: Rendered): Rendered => {
    const audience = rendered.only === null ? audienceOf(rendered.events.at(-1)!) : 'everyone';
    if (audience === 'everyone') return rendered;
    return audience === 'nobody' ? { ...rendered, results: [] } : { ...rendered, only: audience.only };
  };

  const forget = (user: UserId): void => {
    const isAbout = ({ event }: RecordedEvent): boolean => store.catalog.isAbout(event, user);
    const isInRun = executing?.run.updates.some((update) => !isNotice(update) && isAbout(update));
    if (executing && isInRun) executing.outdated = true;
    kept.forget(isAbout);
  };

  const renderNext = async (run: Run): Promise<Rendered> => {
    const now = { run, outdated: true };
    executing = now;
    let rendered: Rendered | null = null;
    while (now.outdated || !rendered) {
      now.outdated = false;
      rendered = await render(run, executions);
    }
    executing = null;
    return rendered;
  };

  /** The user who gets nothing behind an update. */
  const endedBy = (update: RoomUpdate): UserId | null => {
    const change = isNotice(update) ? null : store.catalog.accessChange(update.event);
    return change?.effect === 'ends' && isPresent(change.userId) ? change.userId : null;
  };

  /** @param max of its updates */
  const nextRun = (max: number): Run => {
    const first = queue[0]!.position;
    return takeRun(queue, {
      max,
      audienceOf,
      isPresent,
      isLast: (update) => endedBy(update) !== null,
      // Without batches no run is longer than one update.
      cuts: batch ? [...live].map((member) => member.position).filter((at) => at >= first) : [],
    });
  };

  const push = async (run: Run): Promise<void> => {
    const last = run.updates.at(-1)!;
    // Batches are not kept, for a subscriber may begin amid one. It reads the history up to here.
    if (batch) kept.skip(last.position);
    const isToBeKept = !batch && !isNotice(last);
    if (isToBeKept || (live.size > 0 && run.shown.length > 0)) {
      const span = tracer ? startPushSpan(tracer, run) : null;
      const rendered = await (span ? endedOnFailure(span, renderNext(run)) : renderNext(run));
      for (const { event } of rendered.events) {
        const erased = store.catalog.erasedBy(event);
        if (erased) forget(erased);
      }
      // First: a subscriber who turns live before the results are written must know them.
      if (isToBeKept) kept.add(rendered);
      const { results } = rendered;
      results.forEach((result, index) =>
        live.push({ update: last, only: run.only, result, span: index === results.length - 1 ? span : null }),
      );
      if (results.length === 0) span?.end();
    }
    const ended = endedBy(last);
    if (ended === null) return;
    await live.flush();
    live.left(ended, last.position);
  };

  const drain = async (): Promise<void> => {
    draining = true;
    try {
      while (queue.length > 0) {
        if (batch) {
          const wait = windowEnds - performance.now();
          if (wait > 0) await pause(wait);
          windowEnds = performance.now() + batch.ms;
        }
        // A window takes what is there when it ends.
        for (let left = batch ? queue.length : 1; left > 0 && queue.length > 0;) {
          const run = nextRun(batch ? Math.min(left, batch.max) : 1);
          left -= run.updates.length;
          await push(run);
        }
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
      for (const run of historyRuns(events, batch?.max ?? 1, audienceOf, userId)) {
        if (!behind.has(member)) return;
        const rendered = await render(run, histories);
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
      write(member, asOfNow(rendered));
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
      const { transport } = subscriber.sink;
      const member = createMember(subscriber, after, () => {
        if (!live.delete(member) && !behind.delete(member)) return false;
        metrics.subscribers.dec({ transport });
        if (live.size + behind.size === 0) close();
        return true;
      });
      behind.add(member);
      metrics.subscribers.inc({ transport });
      member.begin();
      try {
        while (behind.has(member)) {
          await catchUp(member);
          goLive(member);
        }
      } catch (error) {
        logger.warn({ err: error, key: query.key }, 'a subscriber could not catch up; it is ended and can resume');
        member.end({ reason: 'failed', error });
      }
      await member.ended;
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
