import { ERASED_USER } from '../../engine/domain/ids.js';
import type { RememberedUsers } from '../user/remembered-users.js';
import type { TimelineMessage, TimelineQueries } from './timeline/query.js';

type KnownDeletions = Pick<RememberedUsers, 'isDeleted'>;

/**
 * A message as clients see it. A deletion is known everywhere at once, while its messages are erased room by room, by
 * deciders, process managers and projectors: until then they are hidden here.
 */
export const erasedIfDeleted = (message: TimelineMessage, users: KnownDeletions): TimelineMessage =>
  users.isDeleted(message.authorId) ? { ...message, authorId: ERASED_USER, body: '' } : message;

/** The same messages, without those of users who are known to be deleted. */
export function withoutDeleted(timeline: TimelineQueries, users: KnownDeletions): TimelineQueries {
  const shown = (message: TimelineMessage): TimelineMessage => erasedIfDeleted(message, users);
  return {
    async page(query) {
      const page = await timeline.page(query);
      return { ...page, messages: page.messages.map(shown) };
    },
    newest: async (rooms, viewer) =>
      (await timeline.newest(rooms, viewer)).map(({ message, holds }) => ({
        message: message && shown(message),
        holds,
      })),
    byKeys: async (keys, viewer) => (await timeline.byKeys(keys, viewer)).map((message) => message && shown(message)),
    reactionsOf: (roomId, seqs, users) => timeline.reactionsOf(roomId, seqs, users),
  };
}
