import type { ApolloCache, Reference } from '@apollo/client';
import type { PostedMessage, RoomEvent } from '@madang/client';
import type { RoomHistoryQuery } from '../generated/operations.js';
import { MessagePartsFragmentDoc, RoomHistoryDocument } from '../generated/operations.js';
import { appendMessages } from '../session/cache.js';

// What events do to the cache. Each one takes effect once, also where a page that was read later has it already.

interface Reaction {
  readonly __typename?: string;
  readonly emoji: string;
  readonly count: number;
  readonly mine: boolean;
}

const roomKey = (id: string): string => `Room:${id}`;

export interface Reader {
  readonly userId: string;
  /** How many messages the room may have before its oldest go. */
  readonly most: number;
}

function writeMessages(cache: ApolloCache, roomId: string, reader: Reader, events: readonly PostedMessage[]): void {
  const { userId, most } = reader;
  const last = events.at(-1);
  if (!last) return;
  const isKnown = (id: string): boolean =>
    cache.readFragment({ id, fragment: MessagePartsFragmentDoc, fragmentName: 'MessageParts' }) !== null;
  // A known message may have reactions, and the answer that brought it has counted it. The list of rooms brings the
  // last message of each, so a known one may still be missing in the history.
  const posted = events.filter(({ id }) => !isKnown(`Message:${id}`));
  for (const message of posted)
    cache.writeFragment({
      fragment: MessagePartsFragmentDoc,
      fragmentName: 'MessageParts',
      data: { ...message, __typename: 'Message', reactions: [] } as never,
    });
  const written = events.map(({ id, seq }) => ({ seq, ref: { __ref: `Message:${id}` } satisfies Reference }));
  // An own message is read, and so is what came before it.
  const own = posted.findLast(({ author }) => author.id === userId);
  const unreadOf = (count: number | null): number | null =>
    count === null ? null : own ? posted.filter(({ seq }) => seq > own.seq).length : count + posted.length;
  cache.modify({
    id: roomKey(roomId),
    fields: {
      messages: (before, { readField }) =>
        appendMessages(before as never, written, (message) => readField<number>('seq', message) ?? 0, most) as never,
      lastMessage: (before, { readField }) =>
        ((readField<number>('seq', before as never) ?? 0) > last.seq ? before : written.at(-1)!.ref) as never,
      unreadCount: (count) => unreadOf(count as number | null) as never,
      myReadSeq: (seq) => (own && seq !== null ? Math.max(seq as number, own.seq) : seq) as never,
    },
  });
}

export function changeReaction(cache: ApolloCache, messageId: string, emoji: string, change: 1 | -1, own: boolean) {
  cache.modify({
    id: `Message:${messageId}`,
    fields: {
      reactions(before) {
        const reactions = before as unknown as readonly Reaction[];
        const found = reactions.find((reaction) => reaction.emoji === emoji);
        // The user's own click was shown before the event came.
        if (own && (found?.mine ?? false) === (change === 1)) return before;
        const mine = own ? change === 1 : (found?.mine ?? false);
        const count = (found?.count ?? 0) + change;
        if (!found && count > 0) return [...reactions, { __typename: 'ReactionCount', emoji, count, mine }] as never;
        return reactions
          .map((reaction) => (reaction === found ? { ...reaction, count, mine } : reaction))
          .filter((reaction) => reaction.count > 0) as never;
      },
    },
  });
}

/** The user has seen the room up to this number. */
export function noteRead(cache: ApolloCache, roomId: string, seq: number, newest: number): void {
  cache.modify({
    id: roomKey(roomId),
    fields: {
      myReadSeq: (before) => (before === null ? before : Math.max(before as number, seq)) as never,
      unreadCount: (before) =>
        (before === null ? before : Math.min(before as number, Math.max(0, newest - seq))) as never,
    },
  });
}

/** Replaces what is known of the room's messages by a page. */
export function replaceHistory(cache: ApolloCache, roomId: string, data: RoomHistoryQuery): void {
  cache.batch({
    update(batch) {
      batch.evict({ id: roomKey(roomId), fieldName: 'messages' });
      batch.writeQuery({ query: RoomHistoryDocument, variables: { id: roomId }, data });
    },
  });
}

/** Writes events in one go, so that what shows the room is drawn once. */
export function writeEvents(cache: ApolloCache, roomId: string, reader: Reader, events: readonly RoomEvent[]): void {
  const { userId } = reader;
  cache.batch({
    update(batch) {
      const posted = events.flatMap((event) => (event.__typename === 'MessagePosted' ? [event.message] : []));
      writeMessages(batch, roomId, reader, posted);
      for (const event of events) {
        if (event.__typename === 'ReactionAdded')
          changeReaction(batch, event.messageId, event.emoji, 1, event.userId === userId);
        if (event.__typename === 'ReactionRemoved')
          changeReaction(batch, event.messageId, event.emoji, -1, event.userId === userId);
        if (event.__typename === 'MemberJoined' || event.__typename === 'MemberLeft') {
          const change = event.__typename === 'MemberJoined' ? 1 : -1;
          batch.modify({
            id: roomKey(roomId),
            fields: {
              memberCount: (count) => ((count as number) + change) as never,
              members: (_, { DELETE }) => DELETE,
            },
          });
        }
      }
    },
  });
}
