import { useQuery } from '@apollo/client/react';
import { madangError } from '@madang/client';
import { lazy, Suspense, useMemo, useState } from 'react';
import { Button, Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { FormattedDate, FormattedTime } from 'react-intl';
import { Link, useLocation } from 'wouter';
import { useUnreadTitle } from '../../../shared/shell/title.js';
import type { RoomPartsFragment } from '../generated/operations.js';
import { AllRoomsDocument, MyRoomsDocument } from '../generated/operations.js';
import { useRefresh } from '../session/use-refresh.js';
import { useRefusalText } from '../../../shared/text/refusals.js';
import { useTexts } from '../text/text.js';

const CreateRoom = lazy(async () => ({ default: (await import('./create-room.js')).CreateRoom }));

/** Asking again is not answered by a question that is still on its way: what happened since would be missing. */
const ANEW = { queryDeduplication: false };

const activityOf = ({ lastMessage, createdAt }: RoomPartsFragment): string => lastMessage?.createdAt ?? createdAt;

export function RoomsPanel({ current }: { readonly current: string | null }) {
  const text = useTexts();
  const [, go] = useLocation();
  const [creating, setCreating] = useState(false);
  return (
    <nav className="rooms" aria-label={text('rooms.mine')}>
      {current === null && <h1 className="sr-only">{text('rooms.mine')}</h1>}
      <Tabs className="tabs">
        <div className="bar">
          <TabList aria-label={text('rooms.mine')}>
            <Tab id="mine">{text('rooms.mine')}</Tab>
            <Tab id="all">{text('rooms.discover')}</Tab>
          </TabList>
          <Button className="primary" onPress={() => setCreating(true)}>
            {text('rooms.create')}
          </Button>
        </div>
        <TabPanel id="mine">
          <MyRooms current={current} />
        </TabPanel>
        <TabPanel id="all">
          <AllRooms current={current} />
        </TabPanel>
      </Tabs>
      {creating && (
        <Suspense>
          <CreateRoom close={() => setCreating(false)} created={(id) => go(`/rooms/${id}`)} />
        </Suspense>
      )}
    </nav>
  );
}

function MyRooms({ current }: { readonly current: string | null }) {
  const text = useTexts();
  const why = useRefusalText();
  const { data, error, refetch } = useQuery(MyRoomsDocument, { fetchPolicy: 'cache-and-network', context: ANEW });
  // The room that is open is followed. A subscription to each of the others would count the user as being there.
  useRefresh(refetch);
  const rooms = useMemo(
    () =>
      (data?.rooms.nodes ?? [])
        .filter(({ myReadSeq }) => myReadSeq !== null)
        .toSorted((a, b) => activityOf(b).localeCompare(activityOf(a))),
    [data],
  );
  useUnreadTitle(rooms.reduce((sum, { unreadCount }) => sum + (unreadCount ?? 0), 0));
  if (!data)
    return (
      <p className="hint">{error ? text('app.failed', { message: why(madangError(error)) }) : text('app.loading')}</p>
    );
  if (rooms.length === 0) return <p className="hint">{text('rooms.none')}</p>;
  return <RoomList rooms={rooms} current={current} />;
}

function AllRooms({ current }: { readonly current: string | null }) {
  const text = useTexts();
  // Further pages are not lost by asking for the first one again.
  const [isFirstPage, setIsFirstPage] = useState(true);
  const { data, fetchMore, refetch } = useQuery(AllRoomsDocument, { fetchPolicy: 'cache-and-network' });
  useRefresh(refetch, isFirstPage);
  if (!data) return <p className="hint">{text('app.loading')}</p>;
  const { nodes, pageInfo } = data.rooms;
  if (nodes.length === 0) return <p className="hint">{text('rooms.noneAtAll')}</p>;
  return (
    <>
      <RoomList rooms={nodes} current={current} isDirectory />
      {pageInfo.hasNextPage && (
        <button
          className="quiet"
          onClick={() => {
            setIsFirstPage(false);
            void fetchMore({
              variables: { after: pageInfo.endCursor },
              updateQuery: (before, { fetchMoreResult: { rooms } }) => ({
                rooms: { ...rooms, nodes: [...before.rooms.nodes, ...rooms.nodes] },
              }),
            });
          }}
        >
          {text('rooms.more')}
        </button>
      )}
    </>
  );
}

interface RoomListProps {
  readonly rooms: readonly RoomPartsFragment[];
  readonly current: string | null;
  /** A list of all rooms shows the number of members instead of the last message. */
  readonly isDirectory?: boolean;
}

function RoomList({ rooms, current, isDirectory = false }: RoomListProps) {
  return (
    <ul>
      {rooms.map((room) => (
        <li key={room.id}>
          <RoomLink room={room} isCurrent={room.id === current} isInDirectory={isDirectory} />
        </li>
      ))}
    </ul>
  );
}

interface RoomLinkProps {
  readonly room: RoomPartsFragment;
  readonly isCurrent: boolean;
  readonly isInDirectory: boolean;
}

function RoomLink({ room, isCurrent, isInDirectory }: RoomLinkProps) {
  const text = useTexts();
  const { lastMessage: last, unreadCount } = room;
  const today = new Date().toDateString() === new Date(activityOf(room)).toDateString();
  return (
    <Link className="room-link" href={`/rooms/${room.id}`} aria-current={isCurrent ? 'page' : undefined}>
      <span className="room-title">{room.title}</span>
      <span className="room-time">
        {today ? (
          <FormattedTime value={activityOf(room)} />
        ) : (
          <FormattedDate value={activityOf(room)} dateStyle="short" />
        )}
      </span>
      <span className="room-last">
        {isInDirectory
          ? text(room.myReadSeq === null ? 'rooms.members' : 'rooms.joined', { count: room.memberCount })
          : last
            ? `${last.author.name}: ${last.body}`
            : text('rooms.empty')}
      </span>
      {(unreadCount ?? 0) > 0 && (
        <span className="badge">
          <span aria-hidden>{unreadCount! > 99 ? '99+' : unreadCount}</span>
          <span className="sr-only">{text('rooms.unread', { count: unreadCount! })}</span>
        </span>
      )}
    </Link>
  );
}
