import type { EventOf, RecordedEvent } from '../../events/event.js';
import { messageId } from '../../events/ids.js';
import type { TimelineMessage } from '../../projections/message/timeline/query.js';

/** The message as it was posted, before any reaction. */
export function postedMessage({ event: { data }, at }: RecordedEvent<EventOf<'MessagePosted'>>): TimelineMessage {
  const { roomId, seq, authorId, body } = data;
  return { id: messageId(roomId, seq), roomId, seq, authorId, body, createdAt: at, reactions: [] };
}
