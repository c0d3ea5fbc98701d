import type { RoomEvent } from '@madang/client';
import { MyRoomsDocument, RoomHistoryDocument } from '../web/client/src/generated/operations.js';
import { writeEvents } from '../web/client/src/room/room-cache.js';
import { createCache } from '../web/client/src/session/cache.js';

const author = { __typename: 'User' as const, id: 'u', handle: 'mina', name: 'Mina' };
const message = (seq: number, reactions: readonly object[] = []) => ({
  __typename: 'Message' as const,
  id: `r.${seq}`,
  roomId: 'r',
  seq,
  body: `message ${seq}`,
  createdAt: '2026-11-29T00:00:00Z',
  erased: false,
  author,
  reactions,
});
const posted = (seq: number): RoomEvent =>
  ({ __typename: 'MessagePosted', roomId: 'r', at: '2026-11-29T00:00:00Z', message: message(seq) }) as never;

test('a message that the list of rooms brought first still comes into the history', () => {
  const cache = createCache();
  const variables = { id: 'r', before: null, atLeast: null };
  const pageInfo = { __typename: 'PageInfo', hasPreviousPage: false, startCursor: null };
  const messages = { __typename: 'MessageConnection', nodes: [message(1)], pageInfo };
  cache.writeQuery({
    query: RoomHistoryDocument,
    variables,
    data: { room: { __typename: 'Room', id: 'r', messages } } as never,
  });
  const smile = { __typename: 'ReactionCount', emoji: '😀', count: 1, mine: false };
  const room = {
    __typename: 'Room',
    id: 'r',
    title: 'r',
    createdAt: '2026-11-29T00:00:00Z',
    memberCount: 2,
    myReadSeq: 1,
    unreadCount: 2,
    lastMessage: message(3, [smile]),
  };
  cache.writeQuery({
    query: MyRoomsDocument,
    data: { rooms: { __typename: 'RoomConnection', nodes: [room] } } as never,
  });

  writeEvents(cache, 'r', { userId: 'somebody else', most: 100 }, [posted(2), posted(3)]);
  const history = cache.readQuery({ query: RoomHistoryDocument, variables }) as unknown as {
    readonly room: { readonly messages: { readonly nodes: readonly { seq: number; reactions: readonly object[] }[] } };
  };
  expect(history.room.messages.nodes.map(({ seq, reactions }) => [seq, reactions.length])).toEqual([
    [1, 0],
    [2, 0],
    [3, 1],
  ]);
  const rooms = cache.readQuery({ query: MyRoomsDocument }) as unknown as {
    readonly rooms: { readonly nodes: readonly { readonly lastMessage: { readonly seq: number } }[] };
  };
  expect(rooms.rooms.nodes[0]!.lastMessage.seq).toBe(3);
});
