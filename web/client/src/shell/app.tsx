import { ApolloProvider } from '@apollo/client/react';
import { lazy, Suspense } from 'react';
import { Link, Route, Switch, useRoute } from 'wouter';
import { SessionProvider, useSession } from '../../../shared/session/session.js';
import { SignInPage } from '../../../shared/session/sign-in-page.js';
import { Avatar } from '../../../shared/shell/avatar.js';
import { Loading } from '../../../shared/shell/loading.js';
import { useAppTitle } from '../../../shared/shell/title.js';
import { TopBar } from '../../../shared/shell/top-bar.js';
import { TextProvider } from '../../../shared/text/text.js';
import { RoomsPanel } from '../rooms/rooms-panel.js';
import { openApi } from '../session/api.js';
import { texts, useTexts } from '../text/text.js';

// What the first view does not show is loaded when it is gone to.
const RoomPage = lazy(async () => ({ default: (await import('../room/room-page.js')).RoomPage }));
const DropPage = lazy(async () => ({ default: (await import('../drop/drop-page.js')).DropPage }));
const AccountPage = lazy(async () => ({ default: (await import('../account/account-page.js')).AccountPage }));

const PAGE = { home: '/', back: '/signed-in' };

export function App() {
  return (
    <TextProvider texts={texts}>
      <SessionProvider page={PAGE} open={openApi}>
        <Shell />
      </SessionProvider>
    </TextProvider>
  );
}

function Shell() {
  const text = useTexts();
  const { signedIn } = useSession();
  useAppTitle(text('app.name'));
  if (signedIn === undefined) return <Loading />;
  return (
    <div className="shell">
      <TopBar title={text('app.name')} end={signedIn && <Me />} />
      {signedIn === null ? (
        <SignInPage title={text('app.name')} tagline={text('app.tagline')} />
      ) : (
        <ApolloProvider client={signedIn.connection.apollo}>
          <Views />
        </ApolloProvider>
      )}
    </div>
  );
}

function Me() {
  const text = useTexts();
  const { user } = useSession().signedIn!;
  return (
    <Link className="quiet me" href="/account">
      <Avatar user={user} />
      <span>
        <span className="sr-only">{text('app.account')}: </span>
        {user.handle}
      </span>
    </Link>
  );
}

function Views() {
  const text = useTexts();
  const [inRoom, room] = useRoute('/rooms/:id');
  const [atRooms] = useRoute('/');
  const [atList] = useRoute('/rooms');
  return (
    <div className="views" data-view={inRoom ? 'room' : atRooms || atList ? 'rooms' : 'page'}>
      {(inRoom || atRooms || atList) && <RoomsPanel current={room?.id ?? null} />}
      <main>
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path="/rooms/:id">{({ id }) => <RoomPage roomId={id} />}</Route>
            <Route path="/drops/:id">{({ id }) => <DropPage campaignId={id} />}</Route>
            <Route path="/account">
              <AccountPage />
            </Route>
            <Route path={/^\/(rooms)?$/}>
              <p className="blank">{text('rooms.choose')}</p>
            </Route>
            <Route>
              <p className="blank">{text('app.notFound')}</p>
            </Route>
          </Switch>
        </Suspense>
      </main>
    </div>
  );
}
