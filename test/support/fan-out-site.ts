import { ofDomain } from '../../src/events/event.js';
import { randomUUID } from 'node:crypto';
import type { DomainEvent, RecordedEvent } from '../../src/events/event.js';
import type { RoomId } from '../../src/events/ids.js';
import { position, userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import type { FanOut } from '../../src/engine/fan-out/fan-out.js';
import { createFanOut } from '../../src/engine/fan-out/fan-out.js';
import { isNotice } from '../../src/engine/fan-out/notice.js';
import type { GroupQuery } from '../../src/engine/fan-out/group-query.js';
import type { End, Sink } from '../../src/engine/fan-out/subscriber.js';
import { createMetrics } from '../../src/metrics.js';
import { quietLogger } from './conditions.js';
import type { EventLog } from './event-log.js';
import { openEventLog } from './event-log.js';

export const PARTITION = 1;
export const KILOBYTE = 'x'.repeat(1_024);

export const newRoom = () => roomId(randomUUID());
export const posted = (room: RoomId, seq: number, body = 'hello'): DomainEvent => ({
  type: 'MessagePosted',
  data: { roomId: room, seq, authorId: userId('ann'), body },
});
export const posts = (room: RoomId, count: number, body?: string): readonly DomainEvent[] =>
  Array.from({ length: count }, (_, n) => posted(room, n + 1, body));
export const joined = (room: RoomId, user: string): DomainEvent => ({
  type: 'MemberJoined',
  data: { roomId: room, userId: userId(user), seq: 0 },
});
export const left = (room: RoomId, user: string): DomainEvent => ({
  type: 'MemberLeft',
  data: { roomId: room, userId: userId(user) },
});
export const positionsOf = (events: readonly RecordedEvent[], after = 0): readonly number[] =>
  events.map((event) => event.position).filter((at) => at > after);

export interface Site {
  readonly log: EventLog;
  readonly fanOut: FanOut;
  readonly groups: () => Promise<number>;
  readonly subscribers: () => Promise<number>;
}

export interface SiteOptions {
  readonly pollIntervalMs?: number;
  readonly groupsPerRoom?: number;
  readonly groupsPerUser?: number;
}

export async function openSite(options: SiteOptions = {}): Promise<Site & AsyncDisposable> {
  const log = await openEventLog(3);
  const metrics = createMetrics();
  const fanOut = createFanOut({
    feed: log.feed,
    store: log.store,
    partitions: 3,
    pollIntervalMs: 1_000,
    groupsPerRoom: 100,
    groupsPerUser: 100,
    onBatch: () => undefined,
    onEvents: () => undefined,
    logger: quietLogger,
    metrics,
    ...options,
  });
  await fanOut.start();
  const sum = async (gauge: typeof metrics.groups | typeof metrics.subscribers) =>
    (await gauge.get()).values.reduce((all, { value }) => all + value, 0);
  return {
    log,
    fanOut,
    groups: () => sum(metrics.groups),
    subscribers: () => sum(metrics.subscribers),
    async [Symbol.asyncDispose]() {
      await fanOut.stop();
      await log[Symbol.asyncDispose]();
    },
  };
}

/** Shows the position, and the body so that results have the size of messages. */
export const shown = ({ position: at, event }: RecordedEvent): string =>
  JSON.stringify({ at, body: event.type === 'MessagePosted' ? event.data.body : null });

export function query(
  room: RoomId,
  key = 'all',
  render: (event: RecordedEvent) => Promise<string | null> = (event) => Promise.resolve(shown(event)),
): GroupQuery {
  return {
    key: room,
    partition: PARTITION,
    group: key,
    render: async (updates) => {
      const results = await Promise.all(
        updates.map((update) =>
          isNotice(update)
            ? Promise.resolve(`notice ${String(update.notice)} at ${update.position}`)
            : render(ofDomain(update)),
        ),
      );
      return results.filter((result) => result !== null);
    },
  };
}

export interface TestSubscriber {
  readonly positions: number[];
  readonly ends: End[];
  readonly over: Promise<void>;
  /** Bytes that the network has not taken. */
  readonly backlog: () => number;
  readonly most: () => number;
  /** The network takes so many bytes. */
  take(bytes: number): void;
  cancel(): void;
}

export interface Joining {
  readonly user?: string;
  /** Takes everything at once by default. */
  readonly network?: 'fast' | 'stuck';
  readonly ended?: (end: End) => void;
  readonly next?: (at: number) => void;
}

export function join(
  { fanOut }: Pick<Site, 'fanOut'>,
  asked: GroupQuery,
  after: number,
  { user = 'ann', network = 'fast', ended, next }: Joining = {},
): TestSubscriber {
  const aborting = new AbortController();
  const positions: number[] = [];
  const ends: End[] = [];
  let backlog = 0;
  let most = 0;
  const take = (result: string): void => {
    const { at } = JSON.parse(result) as { readonly at: number };
    positions.push(at);
    if (network === 'stuck') backlog += result.length;
    most = Math.max(most, backlog);
    next?.(at);
  };
  const sink: Sink = {
    transport: 'websocket',
    next: take,
    deliver({ results }) {
      results.forEach(take);
      return backlog === 0;
    },
    backlog: () => backlog,
  };
  const over = fanOut.subscribe(asked, position(after), {
    userId: userId(user),
    sink,
    signal: aborting.signal,
    ended(end) {
      ends.push(end);
      ended?.(end);
    },
  });
  return {
    positions,
    ends,
    over,
    backlog: () => backlog,
    most: () => most,
    take: (bytes) => (backlog = Math.max(0, backlog - bytes)),
    cancel: () => aborting.abort(),
  };
}
