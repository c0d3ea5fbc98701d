import type { LogEntry } from '../domain/event.js';
import type { Epoch, Partition, Position, UserId } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import { newTraceId } from '../domain/trace.js';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import type { DecidedBatch, EventFeed, Follower } from '../log/event-feed.js';
import type { EventStore } from '../store/event-store.js';
import type { Fork } from '../log/log-epochs.js';
import type { PartitionReader } from '../log/partition-reader.js';
import { readPartition } from '../log/partition-reader.js';
import { partitionOf } from '../log/partitioning.js';
import type { PerTickLimiter } from '../runtime/per-tick-limiter.js';
import { createPerTickLimiter } from '../runtime/per-tick-limiter.js';
import { createSharedRead } from '../runtime/shared-read.js';
import type { Tracer } from '../runtime/tracing.js';
import { createCaughtUp } from './caught-up.js';
import { createGroup } from './group.js';
import { createHistory } from './history.js';
import type { Group } from './group.js';
import type { GroupQuery } from './group-query.js';
import type { Notice } from './notice.js';
import type { PresentUsers } from './present-users.js';
import { createPresentUsers } from './present-users.js';
import type { End, RefusedBy, Subscriber } from './subscriber.js';

/**
 * Follows the whole log and pushes room events to the subscribers of this process. Subscribers of one room with the
 * same selection form one group: an event is executed and serialised once for all of them.
 */
export interface FanOut extends AsyncDisposable {
  /** Resolves when the fan-out is at the head of every partition. */
  start(): Promise<void>;
  /** The start of a subscription that is live from now. */
  position(partition: Partition): Position;
  /** The position one or two polls ago, a second or two: a cache with less is out of date. */
  settledPosition(partition: Partition): Position;
  /**
   * Waits for a bounded time until `onEvents` was called with all events stored before this call. @returns whether it
   * was
   */
  caughtUp(partition: Partition): Promise<boolean>;
  /** The head of a partition in the event store: for requested positions that may not exist. */
  head(partition: Partition): Promise<Position>;
  /**
   * Adds a subscriber, who gets every event of the room after `after`, in order. Resolves when the subscription has
   * ended.
   * @param epoch the epoch of `after`, if the caller has waited since it got it
   */
  subscribe(query: GroupQuery, after: Position, subscriber: Subscriber, epoch?: Epoch): Promise<void>;
  /** Sends the live subscribers of a room a notice that is not in the log. */
  announce(key: string, notice: unknown): void;
  /** The number of users with a subscription to this room. */
  present(key: string): number;
  /** The number of rooms with a subscription. */
  rooms(): number;
  /** Drops the results kept for resuming subscribers that mention an erased user. */
  forget(userId: UserId): void;
  /** How far this process is behind the log, by partition. */
  lag(): readonly number[];
  stop(): Promise<void>;
}

export interface FanOutOptions {
  readonly feed: EventFeed;
  readonly store: EventStore;
  readonly partitions: number;
  /** Maximum groups of one room, and of one user in a room. */
  readonly groupsPerRoom: number;
  readonly groupsPerUser: number;
  /** Interval of the poll for missed events, in milliseconds. */
  readonly pollIntervalMs: number;
  /** Called with every batch of the feed, such as for awaited receipts. */
  readonly onBatch: (batch: DecidedBatch) => void;
  /**
   * Called with every event of every partition from the start on, in order within a partition, before the subscribers
   * get it: with unreadable ones, too. Must not throw.
   */
  readonly onEvents: (events: readonly LogEntry[]) => void;
  readonly logger: Logger;
  readonly metrics: EngineMetrics;
  /** Records sampled traces. Default: none. */
  readonly tracer?: Tracer | undefined;
}

/**
 * Executions for one room in one turn of the event loop, about ten milliseconds: a room with hundreds of groups leaves
 * the turns in between to other rooms.
 */
const EXECUTIONS_PER_TURN = 8;
/** The same for the histories of all rooms together: a user may begin hundreds of subscriptions far in the past. */
const HISTORIES_PER_TURN = 8;
/** Resuming subscribers that are written to in one turn, about a millisecond. */
const RESUMES_PER_TURN = 50;

interface Room {
  readonly groups: Map<string, Group>;
  readonly executions: PerTickLimiter;
  readonly users: PresentUsers;
}

export function createFanOut(options: FanOutOptions): FanOut {
  const {
    feed,
    store,
    partitions,
    groupsPerRoom,
    groupsPerUser,
    pollIntervalMs,
    onBatch,
    onEvents,
    logger,
    metrics,
    tracer,
  } = options;
  const rooms = new Map<string, Room>();
  const histories = createPerTickLimiter(HISTORIES_PER_TURN);
  const resumes = createPerTickLimiter(RESUMES_PER_TURN);
  const readers: PartitionReader[] = [];
  /**
   * The last position of each partition that was offered to the groups. The readers' own position moves a step later.
   */
  const offered: Position[] = [];
  /** The positions of the readers at the last poll, and at the one before it. */
  let [settled, lastPolled]: [readonly Position[], readonly Position[]] = [[], []];
  const history = createHistory({ store, delivered: (partition) => offered[partition]! });
  /** All that ask in the same moment share a read. */
  const heads = createSharedRead(() => store.heads());
  let follower: Follower | undefined;
  let timer: NodeJS.Timeout | undefined;
  let unfollow: (() => void) | undefined;
  let polling: Promise<void> | undefined;

  const deliver = (events: readonly LogEntry[]): void => {
    for (const event of events) {
      const room = rooms.get(event.key);
      if (room) for (const group of room.groups.values()) group.offer(event);
    }
  };

  const poll = async (): Promise<void> => {
    [settled, lastPolled] = [lastPolled, readers.map((reader) => reader.position)];
    try {
      for (const [partition, head] of (await store.heads()).entries()) readers[partition]?.grown(head);
    } catch (error) {
      logger.warn({ err: error }, 'could not poll for events that the feed missed; retrying');
    }
  };

  const forked = ({ partition, after }: Fork): void => {
    const reader = readers[partition];
    if (!reader) return;
    const upTo = (at: Position, index: number): Position => (index === partition ? position(Math.min(at, after)) : at);
    offered[partition] = upTo(offered[partition]!, partition);
    [settled, lastPolled] = [settled.map(upTo), lastPolled.map(upTo)];
    reader.forked(after);
    history.forked(partition);
    for (const [room, { groups }] of rooms)
      if (partitionOf(room, partitions) === partition) for (const group of groups.values()) group.forked(after);
  };

  const roomOf = (key: string): Room => {
    const known = rooms.get(key);
    if (known) return known;
    const room: Room = {
      groups: new Map(),
      executions: createPerTickLimiter(EXECUTIONS_PER_TURN),
      users: createPresentUsers(),
    };
    rooms.set(key, room);
    return room;
  };

  const createGroupIn = (room: Room, query: GroupQuery): Group => {
    const { groups } = room;
    const group = createGroup({
      query,
      catalog: store.catalog,
      history,
      executions: room.executions,
      histories,
      resumes,
      delivered: () => offered[query.partition]!,
      isPresent: (user) => room.users.has(user),
      emptied() {
        groups.delete(query.group);
        if (groups.size === 0) rooms.delete(query.key);
        metrics.groups.dec();
      },
      logger,
      metrics,
      tracer,
    });
    groups.set(query.group, group);
    metrics.groups.inc();
    return group;
  };

  const refused = (by: RefusedBy): End => {
    metrics.connectionsRefused.inc({ reason: by });
    return { reason: 'refused', by };
  };

  const subscribe = (query: GroupQuery, after: Position, subscriber: Subscriber, epoch?: Epoch): Promise<void> => {
    const { partition } = query;
    const { userId } = subscriber;
    const refuse = (end: End): Promise<void> => Promise.resolve(subscriber.ended(end));
    if (epoch !== undefined && !store.epochs.has({ partition, position: after, epoch }))
      return refuse({ reason: 'gone' });
    const room = roomOf(query.key);
    const { groups, users } = room;
    const known = groups.get(query.group);
    if (!known && groups.size >= groupsPerRoom) return refuse(refused('groups_of_room'));
    if (!users.isIn(userId, query.group) && users.groupsOf(userId) >= groupsPerUser)
      return refuse(refused('groups_of_user'));
    const group = known ?? createGroupIn(room, query);
    // The name that all of them share, and not the query of this one: it is kept for as long as the subscription.
    const { name } = group;
    users.add(userId, name);
    return new Promise((resolve) =>
      group.add(subscriber, after, () => {
        users.delete(userId, name);
        resolve();
      }),
    );
  };

  const stop = async (): Promise<void> => {
    clearInterval(timer);
    unfollow?.();
    await polling;
    await follower?.stop();
    await Promise.all(readers.map((reader) => reader.stop()));
    // Stopping a group removes it from these maps, which their iteration allows.
    for (const { groups } of rooms.values()) for (const group of groups.values()) group.stop();
    history.stop();
  };

  return {
    async start() {
      offered.push(...(await store.heads()));
      for (let partition = 0; partition < partitions; partition++) {
        readers.push(
          readPartition({
            partition,
            store,
            start: () => Promise.resolve(offered[partition]!),
            maxBatch: 500,
            deliver(events) {
              onEvents(events);
              deliver(events);
              offered[partition] = events.at(-1)!.position;
            },
            logger,
          }),
        );
      }
      unfollow = store.epochs.onFork(forked);
      follower = await feed.follow({
        onBatch(batch) {
          // Receipts first: a waiting mutation is answered while subscribers are served.
          onBatch(batch);
          readers[batch.partition]?.offer(batch);
        },
      });
      await poll();
      timer = setInterval(() => {
        polling = poll();
      }, pollIntervalMs);
      timer.unref();
    },
    position: (partition) => readers[partition]!.position,
    settledPosition: (partition) => settled[partition] ?? position(0),
    caughtUp: createCaughtUp({ heads, reader: (partition) => readers[partition]! }),
    head: async (partition) => (await heads())[partition]!,
    subscribe,
    announce(key, notice) {
      const partition = partitionOf(key, partitions);
      const announced: Notice = {
        key,
        partition,
        position: offered[partition]!,
        traceId: newTraceId(),
        at: new Date(),
        notice,
      };
      for (const group of rooms.get(key)?.groups.values() ?? []) group.announce(announced);
    },
    present: (key) => rooms.get(key)?.users.size ?? 0,
    rooms: () => rooms.size,
    forget(userId) {
      history.forget(userId);
      for (const { groups } of rooms.values()) for (const group of groups.values()) group.forget(userId);
    },
    lag: () => readers.map((reader) => Math.max(0, reader.head - reader.position)),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
