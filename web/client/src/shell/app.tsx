import { ApolloProvider } from '@apollo/client/react';
import { lazy, Suspense } from 'react';
import { Link, Route, Switch, useRoute } from 'wouter';
import { RoomsPanel } from '../rooms/rooms-panel.js';
import { SessionProvider, useSession } from '../session/session.js';
import { SignInPage } from '../session/sign-in-page.js';
import { useStore } from '../session/store.js';
import { switchLocale, TextProvider, useTexts } from '../text/text.js';
import { Avatar } from './avatar.js';
import { switchTheme, theme } from './theme.js';

// What the first view does not show is loaded when it is gone to.
const RoomPage = lazy(async () => ({ default: (await import('../room/room-page.js')).RoomPage }));
const DropPage = lazy(async () => ({ default: (await import('../drop/drop-page.js')).DropPage }));
const AccountPage = lazy(async () => ({ default: (await import('../account/account-page.js')).AccountPage }));

export function App() {
  return (
    <TextProvider>
      <SessionProvider>
        <Shell />
      </SessionProvider>
    </TextProvider>
  );
}

function Shell() {
  const { signedIn } = useSession();
  if (signedIn === undefined) return <Loading />;
  return (
    <div className="shell">
      <TopBar />
      {signedIn === null ? (
        <SignInPage />
      ) : (
        <ApolloProvider client={signedIn.api.apollo}>
          <Views />
        </ApolloProvider>
      )}
    </div>
  );
}

const Loading = () => (
  <p className="blank" role="status">
    {useTexts()('app.loading')}
  </p>
);

function TopBar() {
  const text = useTexts();
  const { signedIn } = useSession();
  const dark = useStore(theme) === 'dark';
  return (
    <div className="top" role="banner">
      <Link className="brand" href="/">
        <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden>
          <path d="M7 23V10l9 8 9-8v13" />
        </svg>
        {text('app.name')}
      </Link>
      <button className="quiet" onClick={switchLocale} lang={text('app.language') === '한국어로' ? 'ko' : 'en'}>
        {text('app.language')}
      </button>
      <button className="quiet" onClick={switchTheme}>
        {text(dark ? 'app.theme.light' : 'app.theme.dark')}
      </button>
      {signedIn && (
        <Link className="quiet me" href="/account">
          <Avatar user={signedIn.user} />
          <span>
            <span className="sr-only">{text('app.account')}: </span>
            {signedIn.user.handle}
          </span>
        </Link>
      )}
    </div>
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
