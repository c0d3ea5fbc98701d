import { useQuery } from '@apollo/client/react';
import { RoomMembersDocument } from '../generated/operations.js';
import { Avatar } from '../../../shared/shell/avatar.js';
import { Sheet } from '../../../shared/shell/sheet.js';
import { useTexts } from '../text/text.js';

export function Members({ roomId, close }: { readonly roomId: string; readonly close: () => void }) {
  const text = useTexts();
  const { data, fetchMore } = useQuery(RoomMembersDocument, {
    variables: { id: roomId, after: null },
    fetchPolicy: 'cache-and-network',
  });
  const members = data?.room?.members;
  return (
    <Sheet title={text('room.members')} close={close}>
      <ul className="members">
        {members?.nodes.map((user) => (
          <li key={user.id}>
            <Avatar user={user} />
            <span>
              <strong>{user.name}</strong> <small>@{user.handle}</small>
            </span>
          </li>
        ))}
      </ul>
      {members?.pageInfo.hasNextPage && (
        <button
          className="quiet"
          onClick={() => {
            void fetchMore({
              variables: { after: members.pageInfo.endCursor },
              updateQuery: (before, { fetchMoreResult: more }) =>
                before.room && more.room
                  ? {
                      room: {
                        ...before.room,
                        members: {
                          ...more.room.members,
                          nodes: [...before.room.members.nodes, ...more.room.members.nodes],
                        },
                      },
                    }
                  : before,
            });
          }}
        >
          {text('room.more')}
        </button>
      )}
    </Sheet>
  );
}
