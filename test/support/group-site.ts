import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { ofDomain } from '../../src/events/event.js';
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { DomainEvent, RecordedEvent } from '../../src/events/event.js';
import type { Position, UserId } from '../../src/engine/domain/ids.js';
import type { RoomId } from '../../src/events/ids.js';
import { position, userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import type { Group } from '../../src/engine/fan-out/group.js';
import type { Audience } from '../../src/engine/fan-out/runs.js';
import { createGroup } from '../../src/engine/fan-out/group.js';
import type { History } from '../../src/engine/fan-out/history.js';
import { createHistory } from '../../src/engine/fan-out/history.js';
import { isNotice } from '../../src/engine/fan-out/notice.js';
import type { End, Sink } from '../../src/engine/fan-out/subscriber.js';
import { createPerTickLimiter } from '../../src/engine/runtime/per-tick-limiter.js';
import { createMetrics } from '../../src/metrics.js';
import { quietLogger, until } from './conditions.js';
import type { EventLog } from './event-log.js';
import { openEventLog } from './event-log.js';

export interface Listener {
  readonly results: string[];
  readonly positions: readonly number[];
  /** The positions of each result; in a batching group several. */
  readonly batches: readonly (readonly number[])[];
  readonly ends: readonly End[];
  readonly over: Promise<void>;
  leave(): void;
}

/** One group of subscribers of one room on a real event store; the test decides when events are delivered. */
export interface GroupSite extends AsyncDisposable {
  readonly log: EventLog;
  readonly room: RoomId;
  readonly group: Group;
  /** The pages of history of all groups. */
  readonly pages: History;
  /** Called around each page of history that is read, with the real page in between. */
  readonly history: { before: () => Promise<void> | void; after: () => Promise<void> | void };
  /** Who gets an event; everyone at first. */
  audience: (event: RecordedEvent) => Audience;
  /** Whether a user has subscriptions; everyone at first. */
  isPresent: (user: UserId) => boolean;
  /** Renders an event. */
  render: (event: RecordedEvent) => Promise<string>;
  store(...events: readonly DomainEvent[]): Promise<readonly RecordedEvent[]>;
  /** Delivers events, as the fan-out does. */
  deliver(events: readonly RecordedEvent[]): void;
  /** The log continues behind this position. */
  forked(after: number): void;
  /** Resolves once all delivered events are executed. */
  executed(): Promise<void>;
  listen(after: number, options?: { readonly user?: string; readonly next?: (at: number) => void }): Listener;
}

/** @param shared a log of one partition, which the caller closes; a room of its own in it */
export async function openGroupSite(
  shared?: EventLog,
  batch?: { readonly ms: number; readonly max: number },
): Promise<GroupSite> {
  const log = shared ?? (await openEventLog(1));
  const room = roomId(randomUUID());
  const began = (await log.store.heads())[0]!;
  let delivered: Position = began;
  let [offered, executed] = [0, 0];
  const history = createHistory({
    store: {
      catalog: MADANG_EVENTS,
      async readKey(...asked) {
        await site.history.before();
        const events = await log.store.readKey(...asked);
        await site.history.after();
        return events;
      },
    },
    delivered: () => delivered,
  });
  const site: Omit<GroupSite, 'group'> & { group: Group } = {
    log,
    room,
    pages: history,
    history: { before: () => undefined, after: () => undefined },
    audience: () => 'everyone',
    isPresent: () => true,
    render: (event) => Promise.resolve(JSON.stringify({ at: event.position, ...event.event })),
    group: undefined as unknown as Group,
    store: async (...events) => (await log.commit(0, events)).events.map(ofDomain),
    deliver(events) {
      offered += events.length;
      for (const event of events) site.group.offer(event);
      delivered = events.at(-1)!.position;
    },
    forked(after) {
      delivered = position(Math.min(delivered, after));
      history.forked(0);
      site.group.forked(position(after));
    },
    async executed() {
      await until(() => executed >= offered, 'everything is executed');
      await setImmediate();
    },
    listen(after, { user = 'ann', next } = {}) {
      const leaving = new AbortController();
      const results: string[] = [];
      const positions: number[] = [];
      const batches: (readonly number[])[] = [];
      const ends: End[] = [];
      const take = (result: string): void => {
        const { at, batch: places = [at] } = JSON.parse(result) as { readonly at: number; readonly batch?: number[] };
        results.push(result);
        batches.push(places);
        positions.push(...places);
        next?.(at);
      };
      const sink: Sink = {
        transport: 'websocket',
        backlog: () => 0,
        next: take,
        deliver(delivery) {
          delivery.results.forEach(take);
          return true;
        },
      };
      const subscriber = {
        userId: userId(user),
        sink,
        signal: leaving.signal,
        ended: (end: End) => void ends.push(end),
      };
      const over = new Promise<void>((resolve) => site.group.add(subscriber, position(after), resolve));
      return { results, positions, batches, ends, over, leave: () => leaving.abort() };
    },
    async [Symbol.asyncDispose]() {
      site.group.stop();
      history.stop();
      if (!shared) await log[Symbol.asyncDispose]();
    },
  };
  site.group = createGroup({
    query: {
      key: room,
      partition: 0,
      group: 'all',
      audience: (update) => (isNotice(update) ? 'nobody' : site.audience(ofDomain(update))),
      ...(batch ? { batch } : {}),
      render: async (updates) => {
        const events = updates.flatMap((update) => (isNotice(update) ? [] : [ofDomain(update)]));
        const rendered = await Promise.all(events.map((event) => site.render(event)));
        executed += events.length;
        if (!batch) return rendered;
        const places = events.map((event) => event.position);
        return [JSON.stringify({ at: places.at(-1), batch: places })];
      },
    },
    catalog: MADANG_EVENTS,
    history,
    executions: createPerTickLimiter(1_000),
    histories: createPerTickLimiter(1_000),
    resumes: createPerTickLimiter(1_000),
    delivered: () => delivered,
    isPresent: (user) => site.isPresent(user),
    emptied: () => undefined,
    logger: quietLogger,
    metrics: createMetrics(),
  });
  return site;
}
