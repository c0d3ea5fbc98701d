import { useQuery } from '@apollo/client/react';
import { ApolloProvider } from '@apollo/client/react';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { Link, Route, Router, Switch, useLocation } from 'wouter';
import { SessionProvider, useSession } from '../../../shared/session/session.js';
import { SignInPage } from '../../../shared/session/sign-in-page.js';
import { Avatar } from '../../../shared/shell/avatar.js';
import { Loading } from '../../../shared/shell/loading.js';
import { useAppTitle, usePageTitle } from '../../../shared/shell/title.js';
import { TopBar } from '../../../shared/shell/top-bar.js';
import { TextProvider } from '../../../shared/text/text.js';
import { ProcessesDocument } from '../generated/operations.js';
import { OverviewPage } from '../overview/overview-page.js';
import { useProcessHistory } from '../overview/use-process-history.js';
import { openConsole } from '../session/open-console.js';
import { TokenForm } from '../session/token-form.js';
import { texts, useTexts } from '../text/text.js';
import type { TextId } from '../text/text.js';
import { poll } from '../ui/poll.js';
import { Toasts } from '../ui/toasts.js';
import { NotAdmin } from './not-admin.js';

// What the first view does not show is loaded when it is gone to.
const RoomsPage = lazy(async () => ({ default: (await import('../rooms/rooms-page.js')).RoomsPage }));
const RoomPage = lazy(async () => ({ default: (await import('../rooms/room-page.js')).RoomPage }));
const ReadModelsPage = lazy(async () => ({
  default: (await import('../read-models/read-models-page.js')).ReadModelsPage,
}));
const ReadModelPage = lazy(async () => ({
  default: (await import('../read-models/read-model-page.js')).ReadModelPage,
}));
const DeadLettersPage = lazy(async () => ({
  default: (await import('../dead-letters/dead-letters-page.js')).DeadLettersPage,
}));
const CampaignsPage = lazy(async () => ({ default: (await import('../campaigns/campaigns-page.js')).CampaignsPage }));
const CampaignPage = lazy(async () => ({ default: (await import('../campaigns/campaign-page.js')).CampaignPage }));
const ActionsPage = lazy(async () => ({ default: (await import('../actions/actions-page.js')).ActionsPage }));

const PAGE = { home: '/console', back: '/console/signed-in' };

export function App() {
  return (
    <TextProvider texts={texts}>
      <SessionProvider page={PAGE} open={openConsole}>
        <Router base="/console">
          <Shell />
        </Router>
      </SessionProvider>
    </TextProvider>
  );
}

function Shell() {
  const text = useTexts();
  const { signedIn } = useSession();
  useAppTitle(text('console.name'));
  if (signedIn === undefined) return <Loading />;
  return (
    <div className="shell">
      <TopBar title={text('console.name')} end={signedIn && <Me />} />
      {signedIn === null ? (
        <SignInPage title={text('console.name')} tagline={text('console.tagline')} ofDevelopment={<TokenForm />} />
      ) : (
        <ApolloProvider client={signedIn.connection.apollo}>
          <Console />
        </ApolloProvider>
      )}
      <Toasts />
    </div>
  );
}

function Me() {
  const text = useTexts();
  const { signedIn, signOut } = useSession();
  return (
    <>
      <span className="me">
        <Avatar user={signedIn!.user} />
        <span className="me-handle">{signedIn!.user.handle}</span>
      </span>
      <button className="quiet" onClick={() => signOut()}>
        {text('console.signOut')}
      </button>
    </>
  );
}

const POLL_MS = 2_000;

/** The processes are asked for on every page: the plots have their past, and the menu what waits. */
function Console() {
  const answer = useQuery(ProcessesDocument, poll(POLL_MS));
  const history = useProcessHistory(answer.data);
  if (answer.data && !answer.data.admin) return <NotAdmin />;
  const waiting = answer.data?.admin?.deadLetterCount ?? 0;
  return (
    <div className="console">
      <Menu waiting={waiting} />
      <main className="page">
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path="/">
              <OverviewPage answer={answer} history={history} />
            </Route>
            <Route path="/rooms">
              <RoomsPage />
            </Route>
            <Route path="/rooms/:id">{({ id }) => <RoomPage key={id} roomId={id} />}</Route>
            <Route path="/read-models">
              <ReadModelsPage />
            </Route>
            <Route path="/read-models/:name">{({ name }) => <ReadModelPage key={name} name={name} />}</Route>
            <Route path="/dead-letters">
              <DeadLettersPage />
            </Route>
            <Route path="/campaigns">
              <CampaignsPage />
            </Route>
            <Route path="/campaigns/:id">{({ id }) => <CampaignPage key={id} campaignId={id} />}</Route>
            <Route path="/actions">
              <ActionsPage />
            </Route>
            <Route>
              <NotFound />
            </Route>
          </Switch>
        </Suspense>
      </main>
    </div>
  );
}

const NotFound = () => <p className="blank">{useTexts()('app.notFound')}</p>;

const VIEWS: readonly (readonly [path: string, title: TextId])[] = [
  ['/', 'overview.title'],
  ['/rooms', 'rooms.title'],
  ['/read-models', 'models.title'],
  ['/dead-letters', 'dead.title'],
  ['/campaigns', 'campaigns.title'],
  ['/actions', 'actions.title'],
];

function Menu({ waiting }: { readonly waiting: number }) {
  const text = useTexts();
  const [at] = useLocation();
  const isAt = (path: string): boolean => (path === '/' ? at === '/' : at === path || at.startsWith(`${path}/`));
  const current = VIEWS.find(([path]) => isAt(path));
  usePageTitle(current && text(current[1]));
  const menu = useRef<HTMLElement>(null);
  // On a narrow screen the menu is longer than its row.
  useEffect(() => {
    const row = menu.current!;
    const link = row.querySelector<HTMLElement>('[aria-current]');
    if (link) row.scrollLeft = link.offsetLeft - (row.clientWidth - link.offsetWidth) / 2;
  }, [current]);
  return (
    <nav ref={menu} className="menu" aria-label={text('console.menu')}>
      {VIEWS.map(([path, title]) => (
        <Link key={path} href={path} aria-current={isAt(path) ? 'page' : undefined}>
          {text(title)}
          {path === '/dead-letters' && waiting > 0 && (
            <span className="badge">
              <span aria-hidden>{waiting > 999 ? '999+' : waiting}</span>
              <span className="sr-only">{text('dead.waiting', { count: waiting })}</span>
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
}
