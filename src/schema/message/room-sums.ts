import type { LogEntry, RecordedEvent } from '../../engine/domain/event.js';
import { isReadable } from '../../engine/domain/event.js';
import type { Partition, Position } from '../../engine/domain/ids.js';
import { position } from '../../engine/domain/ids.js';
import type { ReadModelProgress } from '../../engine/gateway/read-model-progress.js';
import { partitionOf } from '../../engine/log/partitioning.js';
import type { Logger } from '../../engine/runtime/logging.js';
import { isEvent } from '../../events/event.js';
import type { RoomId } from '../../events/ids.js';
import type { TimelineMessage } from '../../projections/message/timeline/query.js';
import type { Queries } from '../../projections/queries.js';
import type { RoomNotice } from './room-notice.js';

/**
 * Sums of joins, leaves and reactions in the rooms whose subscribers asked for them. Once a second a room is read whose
 * sums have changed: one statement for all counts of members, and one for all messages.
 */
export interface RoomSums {
  /** Whether single joins, leaves and reactions are not sent. Changes at a tick only. False for an unwatched room. */
  isLarge(roomId: RoomId): boolean;
  /** Resolves once the size of the room is known. @returns ends it. @throws the room cannot be read */
  watch(roomId: RoomId): Promise<() => void>;
  /** Called with every event, in order within a partition. */
  onEvents(events: readonly LogEntry[]): void;
  /** The log has lost events of this partition: what was counted of them is dropped. */
  forked(partition: Partition): void;
  stop(): void;
}

export interface RoomSumsOptions {
  readonly queries: {
    readonly rooms: Pick<Queries['rooms'], 'byIds'>;
    readonly timeline: Pick<Queries['timeline'], 'byKeys'>;
  };
  readonly progress: Pick<ReadModelProgress, 'reached'>;
  readonly partitions: number;
  /** Pushed to the subscribers of the room. */
  readonly announce: (roomId: RoomId, notice: RoomNotice) => void;
  readonly logger: Logger;
}

/** A room with more members is large. */
const LARGE = 200;
export const TICK_MS = 1_000;
/** The read models get this long to hold what was counted; then the next tick tries again. */
const PROGRESS_TIMEOUT_MS = 500;
/** Messages of a room that are read in one tick. */
const MAX_MESSAGES = 100;

/** What changed in a room since its last tick. */
interface Changes {
  joined: number;
  left: number;
  /** Members came or went, whether as single events or not. */
  moved: boolean;
  /** Messages whose reactions changed, by seq. */
  readonly reacted: Set<number>;
  /** The last event that changed something; 0: none. */
  upTo: Position;
}

interface Watched {
  watchers: number;
  /** Resolves once `isLarge` is right. */
  readonly known: Promise<void>;
  isLarge: boolean;
  changes: Changes;
}

const none = (): Changes => ({ joined: 0, left: 0, moved: false, reacted: new Set(), upTo: position(0) });

function addTo(changes: Changes, { joined, left, moved, reacted, upTo }: Changes): void {
  changes.joined += joined;
  changes.left += left;
  changes.moved ||= moved;
  for (const seq of reacted) changes.reacted.add(seq);
  changes.upTo = position(Math.max(changes.upTo, upTo));
}

export function createRoomSums({ queries, progress, partitions, announce, logger }: RoomSumsOptions): RoomSums {
  const rooms = new Map<RoomId, Watched>();
  let timer: NodeJS.Timeout | undefined;
  let ticking = false;

  const count = ({ changes, isLarge }: Watched, entry: RecordedEvent): void => {
    // Of a room that is not large, each one was sent.
    const one = isLarge ? 1 : 0;
    if (isEvent(entry, 'MemberJoined')) changes.joined += one;
    else if (isEvent(entry, 'MemberLeft')) changes.left += one;
    else if (isEvent(entry, 'ReactionAdded') || isEvent(entry, 'ReactionRemoved'))
      changes.reacted.add(entry.event.data.seq);
    else return;
    changes.moved ||= isEvent(entry, 'MemberJoined') || isEvent(entry, 'MemberLeft');
    changes.upTo = entry.position;
  };

  /** Takes the changes of a room; messages beyond the maximum stay for the next tick. */
  const take = (room: Watched): Changes => {
    const taken = room.changes;
    room.changes = none();
    for (const seq of [...taken.reacted].slice(MAX_MESSAGES)) {
      taken.reacted.delete(seq);
      room.changes.reacted.add(seq);
      room.changes.upTo = taken.upTo;
    }
    return taken;
  };

  const announceSums = async (taken: ReadonlyMap<RoomId, Changes>): Promise<void> => {
    const ids = [...taken.keys()];
    const keys = ids.flatMap((roomId) => [...taken.get(roomId)!.reacted].map((seq) => ({ roomId, seq })));
    const [found, messages] = await Promise.all([
      queries.rooms.byIds(ids),
      keys.length > 0 ? queries.timeline.byKeys(keys, null) : [],
    ]);
    for (const [n, id] of ids.entries()) {
      const room = rooms.get(id);
      if (!room) continue;
      const { joined, left, moved } = taken.get(id)!;
      const memberCount = found[n]?.memberCount ?? 0;
      const wasLarge = room.isLarge;
      room.isLarge = memberCount > LARGE;
      // Also at a change between single events and sums, and after it: who came while the room was read was counted as
      // of a small room, but was not sent if it turned large meanwhile.
      if (joined + left > 0 || wasLarge !== room.isLarge || (moved && room.isLarge))
        announce(id, { type: 'members', joined, left, memberCount });
      if (!wasLarge && !room.isLarge) continue;
      for (const message of messages)
        if (message?.roomId === id)
          announce(id, { type: 'reactions', roomId: id, seq: message.seq, ...totals(message) });
    }
  };

  const tick = async (): Promise<void> => {
    if (ticking) return;
    ticking = true;
    const taken = new Map(
      [...rooms].flatMap(([id, room]) => (room.changes.upTo > 0 ? [[id, take(room)] as const] : [])),
    );
    const putBack = (id: RoomId): void => {
      const room = rooms.get(id);
      if (room) addTo(room.changes, taken.get(id)!);
      taken.delete(id);
    };
    try {
      await Promise.all(
        [...taken].map(async ([id, { upTo }]) => {
          const at = { partition: partitionOf(id, partitions), position: upTo };
          if (!(await progress.reached(at, AbortSignal.timeout(PROGRESS_TIMEOUT_MS)))) putBack(id);
        }),
      );
      if (taken.size > 0) await announceSums(taken);
    } catch (error) {
      logger.warn({ err: error }, 'sums of joins, leaves and reactions could not be read; retrying');
      for (const id of taken.keys()) putBack(id);
    } finally {
      ticking = false;
    }
  };

  const release = (id: RoomId, room: Watched): void => {
    if (--room.watchers > 0 || rooms.get(id) !== room) return;
    rooms.delete(id);
    if (rooms.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  const watched = (id: RoomId): Watched => {
    const known = rooms.get(id);
    if (known) return known;
    const size = queries.rooms.byIds([id]).then(([found]) => {
      room.isLarge = (found?.memberCount ?? 0) > LARGE;
    });
    const room: Watched = { watchers: 0, known: size, isLarge: false, changes: none() };
    rooms.set(id, room);
    timer ??= setInterval(() => void tick(), TICK_MS).unref();
    return room;
  };

  return {
    isLarge: (id) => rooms.get(id)?.isLarge === true,
    async watch(id) {
      const room = watched(id);
      room.watchers++;
      try {
        await room.known;
      } catch (error) {
        release(id, room);
        // The next watcher reads again.
        if (rooms.get(id) === room) rooms.delete(id);
        throw error;
      }
      let held = true;
      return () => {
        if (held) release(id, room);
        held = false;
      };
    },
    onEvents(events) {
      if (rooms.size === 0) return;
      for (const entry of events) {
        const room = isReadable(entry) ? rooms.get(entry.key as RoomId) : undefined;
        if (room && isReadable(entry)) count(room, entry);
      }
    },
    forked(partition) {
      for (const [id, room] of rooms) if (partitionOf(id, partitions) === partition) room.changes = none();
    },
    stop() {
      clearInterval(timer);
      rooms.clear();
    },
  };
}

const totals = ({ reactions }: Pick<TimelineMessage, 'reactions'>) => ({
  reactions: reactions.map(({ emoji, count }) => ({ emoji, count })),
});
