import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';
import { membershipChange } from '../../events/definitions.js';
import type { LogEntry } from '../../engine/domain/event.js';
import { isReadable } from '../../engine/domain/event.js';
import type { LogPosition, Partition, Position, UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../../events/ids.js';
import { position } from '../../engine/domain/ids.js';
import { withTimeout } from '../../engine/runtime/deadline.js';
import { partitionOf } from '../../engine/log/partitioning.js';
import type { MemberQueries } from '../../projections/membership/members/query.js';
import type { ReadModelProgress } from '../../engine/gateway/read-model-progress.js';

/**
 * The members of hot rooms, where asking the database for each fetch would be the load. A member is remembered until an
 * event says otherwise, and so is a member who has left; strangers never are.
 */
export interface Memberships {
  /**
   * Correct as of the call or later, also where the member has just left through another server. Answered from memory
   * once the fan-out has delivered every event stored before the call; otherwise from the read model, in one query for
   * all callers of the same moment.
   */
  isMember(roomId: RoomId, userId: UserId): Promise<boolean>;
  /**
   * Whether someone who was a member a moment ago still was at a position of the room's partition, or is later: the
   * check after a read that holds events up to there. Null where that is not known in time.
   */
  isStill(roomId: RoomId, userId: UserId, at: Position): Promise<boolean | null>;
  /** From memory alone, as of the events delivered so far; false where those do not reach `at` yet. */
  isKnown(roomId: RoomId, userId: UserId, at?: Position): boolean;
  /**
   * Takes every event, in order, from the start of the process on. After an event that cannot be read, nothing is
   * remembered of its room.
   */
  onEvents(events: readonly LogEntry[]): void;
  /**
   * The log continues after this position on a new branch: nothing is remembered of the partition's rooms, and only a
   * read model that holds the remaining events may answer.
   */
  forked(partition: Partition, after: Position): void;
}

/** The part of the process's fan-out that memberships need. */
export interface DeliveredEvents {
  /** The position up to which every event was handed to `onEvents`. */
  position(partition: Partition): Position;
  /** Waits for a bounded time until every event stored by now was handed over. */
  caughtUp(partition: Partition): Promise<boolean>;
}

export interface MembershipsOptions {
  readonly members: Pick<MemberQueries, 'areMembers'>;
  readonly fanOut: DeliveredEvents;
  readonly progress: Pick<ReadModelProgress, 'reached' | 'known'>;
  readonly partitions: number;
}

const MAX_REMEMBERED = 200_000;
const MAX_GONE = 20_000;
/** Callers within this time share one query. */
const GATHER_MS = 5;
const TIMEOUT_MS = 500;
/** The read is done and would be thrown away: as long as any "no" waits for the read models. */
const STILL_TIMEOUT_MS = 2_000;

interface Asked {
  readonly roomId: RoomId;
  readonly userId: UserId;
}

const keyOf = (roomId: RoomId, userId: UserId): string => `${roomId}/${userId}`;

export function createMemberships({ members, fanOut, progress, partitions }: MembershipsOptions): Memberships {
  const known = new LRUCache<string, true>({ max: MAX_REMEMBERED });
  /** Departures up to this position may be missing in `gone`, so a read model must hold it before it may answer. */
  const uncovered = new Map<Partition, Position>();
  /** Users who left lately and have not come back: a lagging read model still calls them members. */
  const gone = new LRUCache<string, LogPosition>({
    max: MAX_GONE,
    dispose: ({ partition, position }, _key, reason) => void (reason === 'evict' && raise(partition, position)),
  });
  const asking = new DataLoader<Asked, boolean>((asked) => members.areMembers(asked), {
    cache: false,
    maxBatchSize: 1_000,
    batchScheduleFn: (dispatch) => void setTimeout(dispatch, GATHER_MS),
  });

  /** Counts the forks: a lookup from before a fork is not remembered. */
  let branch = 0;

  const coveredFrom = (partition: Partition, before: Position): Position => {
    const known = uncovered.get(partition) ?? before;
    uncovered.set(partition, known);
    return known;
  };

  const raise = (partition: Partition, to: Position): void =>
    void uncovered.set(partition, position(Math.max(coveredFrom(partition, to), to)));

  const isKnown = (roomId: RoomId, userId: UserId, at = position(0)): boolean =>
    known.has(keyOf(roomId, userId)) && (at === 0 || fanOut.position(partitionOf(roomId, partitions)) >= at);

  /** Asks the read model. @returns whether its answer holds every event up to `at`, apart from departures in `gone` */
  const check = async (
    asked: Asked,
    at: LogPosition,
    timeoutMs = TIMEOUT_MS,
  ): Promise<{ readonly isMember: boolean; readonly holds: boolean }> => {
    const reached = await withTimeout(timeoutMs, (deadline) => progress.reached(at, deadline));
    const isMember = await asking.load(asked);
    return { isMember, holds: reached && at.position >= coveredFrom(at.partition, at.position) };
  };

  return {
    isKnown,

    async isMember(roomId, userId) {
      const of = branch;
      const key = keyOf(roomId, userId);
      const partition = partitionOf(roomId, partitions);
      const caughtUp = await fanOut.caughtUp(partition);
      if (caughtUp && known.has(key)) return true;
      if (caughtUp && gone.has(key)) return false;
      const delivered = fanOut.position(partition);
      const isBehind = progress.known(partition) < delivered;
      // Users who left since are in `gone`, so a "yes" need not wait for a read model that is behind. A user in `gone`
      // may have come back since, in an event that is not delivered yet.
      const from = gone.has(key) ? delivered : coveredFrom(partition, delivered);
      let seen = await check({ roomId, userId }, { partition, position: from });
      // The user may have just joined.
      if (!seen.isMember && isBehind && from < delivered)
        seen = await check({ roomId, userId }, { partition, position: delivered });
      if (seen.isMember && seen.holds && !gone.has(key) && branch === of) known.set(key, true);
      return seen.isMember && (seen.holds || !gone.has(key));
    },

    async isStill(roomId, userId, at) {
      const of = branch;
      const key = keyOf(roomId, userId);
      const partition = partitionOf(roomId, partitions);
      if (isKnown(roomId, userId, at)) return true;
      if (fanOut.position(partition) < at && progress.known(partition) < at) {
        await fanOut.caughtUp(partition);
        if (isKnown(roomId, userId, at)) return true;
      }
      const delivered = fanOut.position(partition);
      const start = coveredFrom(partition, delivered);
      // As in `isMember`: where the departures up to `at` are delivered, a "yes" need not wait for a read model.
      let from = delivered >= at && !gone.has(key) ? start : position(Math.max(at, start));
      let seen = await check({ roomId, userId }, { partition, position: from }, STILL_TIMEOUT_MS);
      if (!seen.isMember && from < at) {
        from = position(Math.max(at, start));
        seen = await check({ roomId, userId }, { partition, position: from }, STILL_TIMEOUT_MS);
      }
      const { isMember, holds } = seen;
      if (!holds || branch !== of) return null;
      const left = gone.get(key);
      // A user who left behind the read model's position is gone; one who came back by then, in an event that is not
      // delivered yet, is not.
      if (!isMember || (left && left.position > from)) return false;
      if (!left) known.set(key, true);
      return true;
    },

    forked(partition, after) {
      branch++;
      for (const memory of [known, gone]) {
        for (const key of memory.keys())
          if (partitionOf(key.slice(0, key.indexOf('/')), partitions) === partition) memory.delete(key);
      }
      uncovered.set(partition, after);
    },

    onEvents(events) {
      const unclear = new Set<string>();
      for (const entry of events) {
        const { partition, position: at } = entry;
        coveredFrom(partition, position(at - 1));
        if (!isReadable(entry)) {
          unclear.add(entry.key);
          raise(partition, at);
          continue;
        }
        const change = membershipChange(entry.event);
        if (!change) continue;
        const key = keyOf(change.roomId, change.userId);
        if (change.effect === 'begins') {
          gone.delete(key);
          continue;
        }
        gone.set(key, { partition, position: at });
        known.delete(key);
      }
      if (unclear.size > 0)
        for (const key of known.keys()) if (unclear.has(key.slice(0, key.indexOf('/')))) known.delete(key);
    },
  };
}
