import type { LogEntry, RecordedEvent } from '../domain/event.js';
import type { Position, UserId } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import { pause } from '../runtime/retry.js';
import { createCatchUp } from './catch-up.js';
import type { GroupOptions } from './group-query.js';
import type { Notice, RoomUpdate } from './notice.js';
import { isNotice } from './notice.js';
import type { Audience, Run } from './runs.js';
import { takeRun } from './runs.js';
import type { Rendered } from './kept-results.js';
import { createKeptResults } from './kept-results.js';
import { createLiveMembers } from './live-members.js';
import type { Member } from './member.js';
import { OwnMember } from './member.js';
import { endedOnFailure, startPushSpan } from './push-span.js';
import type { Subscriber } from './subscriber.js';

export interface Group {
  /** Equal for subscribers with equal results. */
  readonly name: string;
  /**
   * Takes the next event of the room, in order. An unreadable event ends all subscriptions of the room: no subscriber
   * may miss it unnoticed.
   */
  offer(event: LogEntry): void;
  /** Sends a notice to the live subscribers, after the events offered before. */
  announce(notice: Notice): void;
  /** Drops every kept result that mentions an erased user. */
  forget(userId: UserId): void;
  /** @param ended called once the subscription has ended */
  add(subscriber: Subscriber, after: Position, ended: () => void): void;
  /**
   * The log forked after this position. If the room had later events, its subscribers have seen lost ones: all of them
   * are ended, to read the state afresh. Subscribers that saw none continue.
   */
  forked(after: Position): void;
  stop(): void;
}

export function createGroup({
  query,
  catalog,
  history,
  executions,
  histories,
  resumes,
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

  const audienceOf = (update: RoomUpdate): Audience => query.audience?.(update) ?? 'everyone';

  const catchUp = createCatchUp({ query, catalog, history, histories, resumes, kept, live, behind, audienceOf });

  const render = async ({ updates, shown, only }: Run): Promise<Rendered> => {
    if (shown.length > 0) await executions.enter();
    return {
      events: updates.flatMap((update) => (isNotice(update) ? [] : [update])),
      position: updates.at(-1)!.position,
      only,
      results: shown.length > 0 ? await query.render(shown) : [],
    };
  };

  const forget = (user: UserId): void => {
    const isAbout = ({ event }: RecordedEvent): boolean => catalog.isAbout(event, user);
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
      rendered = await render(run);
    }
    executing = null;
    return rendered;
  };

  /** The user who gets nothing behind an update. */
  const endedBy = (update: RoomUpdate): UserId | null => {
    const change = isNotice(update) ? null : catalog.accessChange(update.event);
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
        const erased = catalog.erasedBy(event);
        if (!erased) continue;
        forget(erased);
        history.forget(erased);
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

  const leave = (member: Member): boolean => {
    if (!live.delete(member) && !behind.delete(member)) return false;
    metrics.subscribers.dec({ transport: member.subscriber.sink.transport });
    if (live.size + behind.size === 0) close();
    return true;
  };

  return {
    name: query.group,

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

    add(subscriber, after, ended) {
      const member = new OwnMember(subscriber, after, leave, ended);
      behind.add(member);
      metrics.subscribers.inc({ transport: subscriber.sink.transport });
      member.begin();
      catchUp(member).catch((error: unknown) => {
        if (!behind.has(member)) return;
        logger.warn({ err: error, key: query.key }, 'a subscriber could not catch up; it is ended and can resume');
        member.end({ reason: 'failed', error });
      });
    },

    forked(after) {
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
