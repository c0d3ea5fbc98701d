import type { UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../../events/ids.js';
import type { CursorSigner } from '../../engine/gateway/signed-cursor.js';
import { partitionOf } from '../../engine/log/partitioning.js';
import type { TimelineMessage } from '../../projections/message/timeline/query.js';
import type { ApiContext } from '../context.js';
import { connection } from '../pagination/connection.js';
import type { Cursors } from '../pagination/cursors.js';
import { cursorsOf } from '../pagination/cursors.js';
import type { Window } from '../pagination/page-arguments.js';

/** A place in a room's history is the message's number. */
export const messageCursors = (cursorSigner: CursorSigner, roomId: RoomId): Cursors<number> =>
  cursorsOf(cursorSigner, `messages ${roomId}`, String, Number);

export interface HistoryPage {
  readonly messages: readonly TimelineMessage[];
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
}

/**
 * Cuts the messages that were read to the requested window. For an empty window one message was read, to know what lies
 * around it.
 */
export function cutToWindow({ messages, hasBefore, hasAfter }: HistoryPage, { direction, limit, above }: Window) {
  const inside = limit === 0 ? [] : messages.filter(({ seq }) => seq > above);
  const cut = inside.length < messages.length;
  return {
    messages: inside,
    hasPreviousPage: hasBefore || (cut && direction === 'before'),
    hasNextPage: hasAfter || (cut && direction === 'after'),
  };
}

/** `viewer`: the user whose reactions are `mine`; null for a read that is shared. */
export async function readHistory(
  { services, loaders }: ApiContext,
  roomId: RoomId,
  window: Window,
  viewer: UserId | null,
) {
  const partition = partitionOf(roomId, services.partitions);
  const page = await services.queries.timeline.page({
    roomId,
    partition,
    viewer,
    direction: window.direction,
    from: window.from,
    limit: Math.max(1, window.limit),
    atLeast: loaders.reading.floor(partition),
  });
  const { messages, ...around } = cutToWindow(page, window);
  const cursors = messageCursors(services.cursorSigner, roomId);
  const shown = connection(
    messages.map((node) => ({ cursor: cursors.sign(node.seq), node })),
    around,
  );
  return { holds: page.holds, shown };
}
