import DataLoader from 'dataloader';
import type { Partition, RoomId, UserId } from '../events/ids.js';
import type { Identity } from '../identity/identity.js';
import { partitionOf } from '../platform/partitioning.js';
import type { Room } from '../projections/rooms/query.js';
import type { TimelineMessage } from '../projections/timeline/query.js';
import type { Unread } from '../projections/unread/query.js';
import type { ApiServices } from './services.js';
import { unauthenticated } from './errors.js';
import type { Reading } from './reading.js';
import { SETTLE_PATIENCE_MS, createReading } from './reading.js';

export interface ShownUser {
  readonly id: UserId;
  readonly handle: string;
  readonly name: string;
}

/**
 * What an operation reads one by one, fetched many at a time and once. A "no" is looked at again when the read models have caught up: an
 * answer that denies something must not come from one that lags.
 */
export interface Loaders {
  readonly reading: Reading;
  /** A stand-in where the read model does not know the user. */
  user(id: UserId): Promise<ShownUser>;
  room(id: RoomId): Promise<Room | null>;
  /** Of the viewer. For what is refused to others. */
  isMember(id: RoomId): Promise<boolean>;
  /** The same with less patience, for fields that are null to others: a list of rooms must not wait long for the slowest of them. */
  seemsMember(id: RoomId): Promise<boolean>;
  /** The viewer's; null where the viewer is not a member. */
  unread(id: RoomId): Promise<Unread | null>;
  lastMessage(id: RoomId, withMine: boolean): Promise<TimelineMessage | null>;
  /** Forgets what was read: a command of this operation may have changed it. */
  clear(): void;
}

const QUICK_SETTLE_MS = 250;

export function createLoaders(services: ApiServices, viewer: () => Identity | null): Loaders {
  const { queries, partitions } = services;
  let reading = createReading(services, viewer);
  let batches = createBatches();

  const partition = (id: string): Partition => partitionOf(id, partitions);
  const ownId = (): UserId => {
    const identity = viewer();
    if (!identity) throw unauthenticated();
    return identity.userId;
  };

  function createBatches() {
    const member = () =>
      new DataLoader<RoomId, boolean>((ids) => {
        const userId = ownId();
        return queries.members.areMembers(ids.map((roomId) => ({ roomId, userId })));
      });
    const newest = (withMine: boolean) =>
      new DataLoader<RoomId, TimelineMessage | null>((ids) =>
        queries.timeline.newest(
          ids.map((roomId) => place(roomId)),
          withMine ? ownId() : null,
        ),
      );
    const rooms = () => new DataLoader<RoomId, Room | null>((ids) => queries.rooms.byIds(ids));
    const users = () => new DataLoader<UserId, ShownUser | null>((ids) => queries.users.byIds(ids));
    return {
      users: [users(), users()] as const,
      rooms: [rooms(), rooms()] as const,
      members: { first: member(), patient: member(), quick: member() },
      unread: new DataLoader<RoomId, Unread | null>((ids) => {
        const userId = ownId();
        return queries.unread.of(ids.map((roomId) => ({ ...place(roomId), userId })));
      }),
      newest: { shared: newest(false), own: newest(true) },
    };
  }

  const place = (roomId: RoomId) => {
    const at = partition(roomId);
    return { roomId, partition: at, atLeast: reading.floor(at) };
  };

  return {
    get reading() {
      return reading;
    },

    async user(id) {
      const [first, again] = batches.users;
      const found = await first.load(id);
      if (found) return found;
      await reading.settled(partition(id), QUICK_SETTLE_MS);
      return (await again.load(id)) ?? { id, handle: 'unknown', name: 'unknown' };
    },

    async room(id) {
      const [first, again] = batches.rooms;
      const found = await first.load(id);
      if (found) return found;
      await reading.settled(partition(id), SETTLE_PATIENCE_MS);
      return again.load(id);
    },

    async isMember(id) {
      if (await batches.members.first.load(id)) return true;
      await reading.settled(partition(id), SETTLE_PATIENCE_MS);
      return batches.members.patient.load(id);
    },

    async seemsMember(id) {
      if (await batches.members.first.load(id)) return true;
      await reading.settled(partition(id), QUICK_SETTLE_MS);
      return batches.members.quick.load(id);
    },

    unread: (id) => batches.unread.load(id),
    lastMessage: (id, withMine) => (withMine ? batches.newest.own : batches.newest.shared).load(id),

    clear() {
      reading = createReading(services, viewer);
      batches = createBatches();
    },
  };
}
