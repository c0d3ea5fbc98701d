import { useQuery } from '@apollo/client/react';
import { madangError } from '@madang/client';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { Link, useLocation } from 'wouter';
import type { RoomPartsFragment } from '../generated/operations.js';
import { MyRoomsDocument, RoomHeadDocument, RoomHistoryDocument } from '../generated/operations.js';
import { useSignedIn } from '../session/signed-in.js';
import { useStore } from '../../../shared/session/store.js';
import { usePageTitle } from '../../../shared/shell/title.js';
import { useCommand } from '../shell/use-command.js';
import { useRefusalText } from '../../../shared/text/refusals.js';
import { useTexts } from '../text/text.js';
import { Composer } from './composer.js';
import { LeaveRoom } from './leave-room.js';
import { Members } from './members.js';
import { MessageList } from './message-list.js';
import type { MessageActions } from './message-item.js';
import { Notices } from './notices.js';
import { changeReaction, noteRead } from './room-cache.js';
import { openRoomFeed } from './room-feed.js';
import type { RoomFeed } from './room-feed.js';

const ReactionPicker = lazy(async () => ({ default: (await import('./reaction-picker.js')).ReactionPicker }));

export function RoomPage({ roomId }: { readonly roomId: string }) {
  const text = useTexts();
  const why = useRefusalText();
  const { data, error, refetch } = useQuery(RoomHeadDocument, {
    variables: { id: roomId },
    fetchPolicy: 'cache-and-network',
  });
  const room = data?.room;
  usePageTitle(room?.title);
  if (!room) {
    return (
      <NoRoom>
        <p role="status">
          {data
            ? text('room.notFound')
            : error
              ? text('app.failed', { message: why(madangError(error)) })
              : text('app.loading')}
        </p>
      </NoRoom>
    );
  }
  if (room.myReadSeq === null) return <JoinRoom room={room} joined={() => void refetch()} />;
  return <OpenRoom key={room.id} room={room} />;
}

function BackToRooms() {
  return (
    <Link className="icon back" href="/" aria-label={useTexts()('app.back')}>
      ←
    </Link>
  );
}

/** What stands in the place of a room. On a phone the list of rooms is not beside it, so there is a way back. */
const NoRoom = ({ children }: { readonly children: ReactNode }) => (
  <div className="room">
    <header className="bar back">
      <BackToRooms />
    </header>
    <section className="blank">{children}</section>
  </div>
);

/** The list beside the room is asked for at once, not at its next turn. */
const useListRefresh = (): (() => void) => {
  const { apollo } = useSignedIn().api;
  return () => void apollo.refetchQueries({ include: [MyRoomsDocument] }).catch(() => undefined);
};

function JoinRoom({ room, joined }: { readonly room: RoomPartsFragment; readonly joined: () => void }) {
  const text = useTexts();
  const command = useCommand();
  const refreshList = useListRefresh();
  const join = async (): Promise<void> => {
    if (!(await command.run('joinRoom', { roomId: room.id }))) return;
    joined();
    refreshList();
  };
  return (
    <NoRoom>
      <h1>{room.title}</h1>
      <p>{text('rooms.members', { count: room.memberCount })}</p>
      <p>{text('room.joinFirst')}</p>
      <Button className="primary" isDisabled={command.running} onPress={() => void join()}>
        {text('rooms.join')}
      </Button>
      {command.refusal !== null && <p role="alert">{command.refusal}</p>}
    </NoRoom>
  );
}

function OpenRoom({ room }: { readonly room: RoomPartsFragment }) {
  const text = useTexts();
  const signedIn = useSignedIn();
  const [feed, setFeed] = useState<RoomFeed | null>(null);
  useEffect(() => {
    const opened = openRoomFeed(signedIn, room.id, (events) => signedIn.api.outbox.posted(signedIn.user.id, events));
    setFeed(opened);
    return () => opened.stop();
  }, [signedIn, room.id]);
  return (
    <section className="room">
      <RoomHeader room={room} feed={feed} />
      {feed ? <Conversation room={room} feed={feed} /> : <p className="blank">{text('app.loading')}</p>}
      <Composer send={(body) => signedIn.api.outbox.send(room.id, body)} />
    </section>
  );
}

/** How many are connected, where it is known. */
function Here({ feed }: { readonly feed: RoomFeed }) {
  const text = useTexts();
  const count = useStore(feed.here);
  return count === null ? null : <span className="hint"> · {text('room.here', { count })}</span>;
}

interface RoomHeaderProps {
  readonly room: RoomPartsFragment;
  readonly feed: RoomFeed | null;
}

function RoomHeader({ room, feed }: RoomHeaderProps) {
  const text = useTexts();
  const [, go] = useLocation();
  const [shown, setShown] = useState<'members' | 'leave' | null>(null);
  const [copied, setCopied] = useState(false);
  const refreshList = useListRefresh();
  const left = (): void => {
    go('/');
    refreshList();
  };
  const close = (): void => setShown(null);
  return (
    <header className="bar">
      <BackToRooms />
      <div className="titles">
        <h1>{room.title}</h1>
        <button className="plain" onClick={() => setShown('members')}>
          {text('rooms.members', { count: room.memberCount })}
        </button>
        {feed && <Here feed={feed} />}
      </div>
      <button
        className="quiet"
        onClick={() => {
          void navigator.clipboard.writeText(location.href).then(() => setCopied(true));
        }}
      >
        {text(copied ? 'room.linkCopied' : 'room.link')}
      </button>
      <button className="quiet" onClick={() => setShown('leave')}>
        {text('room.leave')}
      </button>
      {shown === 'members' && <Members roomId={room.id} close={close} />}
      {shown === 'leave' && <LeaveRoom room={room} close={close} left={left} />}
    </header>
  );
}

/**
 * A list that has lost its oldest messages begins anew at its end, since the virtual list keeps its place by what is
 * above. This counts them.
 */
function useListCount(firstSeq: number, ready: boolean): number {
  const { current } = useRef({ firstSeq: 0, count: 0 });
  if (ready) {
    if (current.firstSeq > 0 && firstSeq > current.firstSeq) current.count += 1;
    current.firstSeq = firstSeq;
  }
  return current.count;
}

function Conversation({ room, feed }: { readonly room: RoomPartsFragment; readonly feed: RoomFeed }) {
  const text = useTexts();
  const why = useRefusalText();
  const { api, user } = useSignedIn();
  const { outbox } = api;
  const { status, failure, openedAt } = useStore(feed.state);
  const { data } = useQuery(RoomHistoryDocument, { variables: { id: room.id }, fetchPolicy: 'cache-only' });
  const history = data?.room?.messages;
  const messages = history?.nodes ?? [];
  const newest = messages.at(-1)?.seq ?? 0;
  const waiting = useStore(outbox.messages);
  const outgoing = useMemo(
    () => waiting.filter((each) => each.roomId === room.id && (each.seq === null || each.seq > newest)),
    [waiting, room.id, newest],
  );
  const [readSeq] = useState(room.myReadSeq ?? 0);
  const ready = status !== 'opening' && history !== undefined && newest >= openedAt;
  const lists = useListCount(messages[0]?.seq ?? 0, ready);
  const [picking, setPicking] = useState<{ readonly messageId: string; readonly anchor: HTMLElement } | null>(null);

  const seen = useCallback(
    (seq: number) => {
      api.madang.markRead(room.id, seq);
      noteRead(api.apollo.cache, room.id, seq, newest);
    },
    [api, room.id, newest],
  );
  const react = useCallback(
    (messageId: string, emoji: string, add: boolean) => {
      const { cache } = api.apollo;
      changeReaction(cache, messageId, emoji, add ? 1 : -1, true);
      const undo = (): void => changeReaction(cache, messageId, emoji, add ? -1 : 1, true);
      api.madang
        .send(add ? 'addReaction' : 'removeReaction', { roomId: room.id, messageId, emoji }, { timeoutMs: 10_000 })
        .then(({ receipt }) => receipt.rejection && undo(), undo);
    },
    [api, room.id],
  );
  const actions = useMemo<MessageActions>(
    () => ({
      pick: (message, anchor) => setPicking({ messageId: message.id, anchor }),
      toggle: (message, emoji, mine) => react(message.id, emoji, !mine),
    }),
    [react],
  );

  if (status === 'failed')
    return (
      <p className="blank" role="alert">
        {text('app.failed', { message: failure ? why(failure) : '' })}
      </p>
    );
  return (
    <>
      <Notices feed={feed} roomId={room.id} />
      {ready ? (
        <MessageList
          key={lists}
          atNewest={lists > 0}
          looksAtNewest={feed.looksAtNewest}
          messages={messages}
          outgoing={outgoing}
          userId={user.id}
          readSeq={readSeq}
          openedAt={openedAt}
          hasOlder={history.pageInfo.hasPreviousPage}
          loadOlder={() => void feed.loadOlder(history.pageInfo.startCursor)}
          seen={seen}
          outbox={outbox}
          actions={actions}
        />
      ) : (
        <p className="blank" role="status">
          {text('app.loading')}
        </p>
      )}
      {picking && (
        <Suspense>
          <ReactionPicker
            anchor={picking.anchor}
            pick={(emoji) => react(picking.messageId, emoji, true)}
            close={() => setPicking(null)}
          />
        </Suspense>
      )}
    </>
  );
}
