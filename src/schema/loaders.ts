import DataLoader from 'dataloader';
import type { Partition, Position, UserId } from '../engine/domain/ids.js';
import type { RoomId } from '../events/ids.js';
import { ERASED_USER } from '../engine/domain/ids.js';
import type { Identity } from '../server/identity/identity.js';
import { partitionOf } from '../engine/log/partitioning.js';
import type { Queries } from '../projections/queries.js';
import type { Room, Visit } from '../projections/room/rooms/query.js';
import type { NewestMessage } from '../projections/message/timeline/query.js';
import type { Unread } from '../projections/membership/unread/query.js';
import { DELETED } from '../projections/user/users/query.js';
import type { ApiServices } from './services.js';
import { unauthenticated, unavailable } from './errors.js';
import { askFor } from './hot-room/pages.js';
import { placed } from './hot-room/placed.js';
import type { Reading } from './reading.js';
import { SETTLE_TIMEOUT_MS, createReading } from './reading.js';

export interface OwnReactionKey {
  readonly roomId: RoomId;
  readonly seq: number;
  readonly emoji: string;
}

export interface ShownUser {
  readonly id: UserId;
  readonly handle: string;
  readonly name: string;
}

/** Reads of a feature's own: the answers in the order of the keys. */
export type BatchReader<K, V> = (queries: Queries, keys: readonly K[]) => Promise<readonly V[]>;

/**
 * The reads of one operation, batched and deduplicated. A "no" is checked again when the read models have caught up: a
 * denial must not come from a read model that lags. If they do not catch up in time, the refusal is UNAVAILABLE.
 */
export interface Loaders {
  readonly reading: Reading;
  /** A placeholder where the read model does not know the user. */
  user(id: UserId): Promise<ShownUser>;
  room(id: RoomId): Promise<Room | null>;
  /** The same for the viewer; it also reads whether the viewer is a member, which is the usual next question. */
  visited(id: RoomId): Promise<Room | null>;
  /** Whether the viewer is a member. For fields that are refused to strangers. */
  isMember(id: RoomId): Promise<boolean>;
  /**
   * The same with a shorter timeout, for fields that are null to strangers: a list of rooms must not wait long for the
   * slowest of them.
   */
  seemsMember(id: RoomId): Promise<boolean>;
  /**
   * Whether the viewer was still a member at a position. Asked after a read that holds events up to there: the
   * membership check before the read may be older than the viewer's leaving, since read models are not all at the same
   * position and other users write meanwhile. Reads for all members are checked for each of them elsewhere.
   * @throws UNAVAILABLE where that is not known in time
   */
  isStillMember(id: RoomId, holds: Position): Promise<boolean>;
  /** The viewer's unread count; null where the viewer is not a member. */
  unread(id: RoomId): Promise<Unread | null>;
  lastMessage(id: RoomId, withMine: boolean): Promise<NewestMessage>;
  /** Whether the viewer reacted with this emoji: for messages that were read for many members at once. */
  mine(reaction: OwnReactionKey): Promise<boolean>;
  /** Reads once for all keys that are asked for in the same turn. The reader is a constant of the feature that asks. */
  load<K, V>(reader: BatchReader<K, V>, key: K): Promise<V>;
  /** Drops all results: a command of this operation may have changed them. */
  clear(): void;
}

const QUICK_SETTLE_MS = 250;

const USERS: BatchReader<UserId, ShownUser | null> = (queries, ids) => queries.users.byIds(ids);
/** The same after a wait: another batch, whose answers are newer. */
const USERS_AGAIN: typeof USERS = (queries, ids) => queries.users.byIds(ids);

export function createLoaders(services: ApiServices, viewer: () => Identity | null): Loaders {
  const { queries, partitions, heat, memberships, pages, personal } = services;
  const partition = (id: string): Partition => partitionOf(id, partitions);
  const ownId = (): UserId => {
    const identity = viewer();
    if (!identity) throw unauthenticated();
    return identity.userId;
  };

  const rooms = () => new DataLoader<RoomId, Room | null>((ids) => queries.rooms.byIds(ids));
  const members = () =>
    new DataLoader<RoomId, boolean>((ids) => {
      const userId = ownId();
      return queries.members.areMembers(ids.map((roomId) => ({ roomId, userId })));
    });
  const newest = (withMine: boolean) => () =>
    new DataLoader<RoomId, NewestMessage>((ids) =>
      queries.timeline.newest(
        ids.map((roomId) => place(roomId)),
        withMine ? ownId() : null,
      ),
    );
  const batches = {
    rooms,
    roomsAgain: rooms,
    visits: () => new DataLoader<RoomId, Visit | null>((ids) => queries.rooms.visited(ids, ownId())),
    hotMembers: () => new DataLoader<RoomId, boolean>(ofHotRooms),
    members,
    membersInTime: members,
    membersSoon: members,
    unread: () =>
      new DataLoader<RoomId, Unread | null>((ids) => {
        const userId = ownId();
        return queries.unread.of(ids.map((roomId) => ({ ...place(roomId), userId })));
      }),
    newest: newest(false),
    newestWithMine: newest(true),
    mine: () => new DataLoader<OwnReactionKey, boolean>(ownReactions, { cache: false }),
  };
  type Batches = { -readonly [N in keyof typeof batches]?: ReturnType<(typeof batches)[N]> };

  // Made on first use: most operations need few of them, and a command or an event of a subscription often none.
  let made: Batches = {};
  let madeByReader = new Map<BatchReader<never, unknown>, DataLoader<never, unknown>>();
  let currentReading: Reading | undefined;
  const batch = <N extends keyof Batches>(name: N): NonNullable<Batches[N]> =>
    (made[name] ??= batches[name]() as NonNullable<Batches[N]>);
  const load = <K, V>(reader: BatchReader<K, V>, key: K): Promise<V> => {
    const known = madeByReader.get(reader) as DataLoader<K, V> | undefined;
    const loader = known ?? new DataLoader<K, V>((keys) => reader(queries, keys));
    if (!known) madeByReader.set(reader, loader);
    return loader.load(key);
  };
  const reading = (): Reading => (currentReading ??= createReading(services, viewer));

  async function ownReactions(keys: readonly OwnReactionKey[]): Promise<readonly boolean[]> {
    const userId = ownId();
    const asked = [...new Set(keys.map((key) => key.roomId))];
    const seqsIn = (room: RoomId) => [...new Set(keys.filter((key) => key.roomId === room).map((key) => key.seq))];
    const own = new Map(
      await Promise.all(
        asked.map(
          async (roomId) => [roomId, await personal.reactions({ roomId, userId, seqs: seqsIn(roomId) })] as const,
        ),
      ),
    );
    return keys.map(({ roomId, seq, emoji }) => own.get(roomId)!.has(`${seq}/${emoji}`));
  }

  function ofHotRooms(ids: readonly RoomId[]): Promise<boolean[]> {
    const userId = ownId();
    return Promise.all(ids.map((roomId) => memberships.isMember(roomId, userId)));
  }

  const isHot = (roomId: RoomId): boolean => heat.of(roomId).state === 'HOT';

  const place = (roomId: RoomId) => {
    const at = partition(roomId);
    return { roomId, partition: at, atLeast: reading().floor(at) };
  };

  /** A read that all members of a hot room share. */
  const shared = async <T>(what: string, id: RoomId, read: () => Promise<T>): Promise<T> =>
    (await pages.read(askFor(services, id, JSON.stringify([id, what]), reading().needed(partition(id))), read))
      .value as T;

  /** In a hot room the read model alone does not decide: it may not contain a leaving yet. */
  const isMemberNow = (id: RoomId): Promise<boolean> => batch(isHot(id) ? 'hotMembers' : 'members').load(id);

  async function room(id: RoomId): Promise<Room | null> {
    const found = isHot(id)
      ? await shared('room', id, async () => (await queries.rooms.byIds([id]))[0] ?? null)
      : await batch('rooms').load(id);
    if (found) return found;
    return surely(partition(id), () => batch('roomsAgain').load(id));
  }

  /**
   * Reads again where the first read found nothing.
   * @throws UNAVAILABLE, instead of a "no" of read models that do not hold everything decided before the question
   */
  async function surely<T>(at: Partition, find: () => Promise<T>): Promise<T> {
    const sure = await reading().settled(at, SETTLE_TIMEOUT_MS);
    const found = await find();
    if (!found && !sure)
      throw unavailable(
        'The read models are behind, and whether there is what you ask for is not known yet: ask again shortly.',
      );
    return found;
  }

  return {
    get reading() {
      return reading();
    },

    async user(id) {
      if (id === ERASED_USER) return { id, ...DELETED };
      const found = await load(USERS, id);
      if (found) return found;
      await reading().settled(partition(id), QUICK_SETTLE_MS);
      return (await load(USERS_AGAIN, id)) ?? { id, handle: 'unknown', name: 'unknown' };
    },

    room,

    async visited(id) {
      if (isHot(id)) return room(id);
      const visit = await batch('visits').load(id);
      batch('rooms').prime(id, visit?.room ?? null);
      if (visit) batch('members').prime(id, visit.isMember);
      return room(id);
    },

    async isMember(id) {
      if (await isMemberNow(id)) return true;
      return surely(partition(id), () => batch('membersInTime').load(id));
    },

    async seemsMember(id) {
      if (await isMemberNow(id)) return true;
      await reading().settled(partition(id), QUICK_SETTLE_MS);
      return batch('membersSoon').load(id);
    },

    async isStillMember(id, holds) {
      const still = await memberships.isStill(id, ownId(), holds);
      if (still === null)
        throw unavailable(
          'The read models are behind, and whether you still are a member is not known yet: ask again shortly.',
        );
      return still;
    },

    unread: (id) => (isHot(id) ? personal.unread({ ...place(id), userId: ownId() }) : batch('unread').load(id)),
    mine: (reaction) => batch('mine').load(reaction),

    async lastMessage(id, withMine) {
      if (!isHot(id)) return batch(withMine ? 'newestWithMine' : 'newest').load(id);
      const { message, holds } = await shared('newest', id, () => batch('newest').load(id));
      return { message: message && placed(message), holds };
    },

    load,

    clear() {
      madeByReader = new Map();
      currentReading = undefined;
      made = {};
    },
  };
}
