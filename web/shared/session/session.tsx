import { madangError } from '@madang/client';
import { createContext, use, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { UserPartsFragment } from '../generated/operations.js';
import { MeDocument, SignInDocument } from '../generated/operations.js';
import type { Connection } from './connection.js';
import { anonymousClient } from './connection.js';
import { delay } from './delay.js';
import type { PagePaths } from './provider-session.js';
import { loadProvider, noteSignedIn, providerAway, resumeByProvider } from './provider-session.js';
import type { OidcSettings, Settings } from './settings.js';
import { readSettings } from './settings.js';
import { fixedToken, renewedTokens } from './tokens.js';
import type { Tokens } from './tokens.js';
import type { SharedTextId } from '../text/en.js';

export type User = UserPartsFragment;

export interface SignedIn {
  readonly user: User;
  readonly connection: Connection;
}

export type OpenConnection = (tokens: Tokens, signedOut: () => void) => Connection;

/** What differs from page to page. Both are the same in every rendering. */
export interface SessionOptions {
  readonly page: PagePaths;
  readonly open: OpenConnection;
}

/** Why nobody is signed in, as a text. */
export interface Reason {
  readonly id: SharedTextId;
  readonly values?: Readonly<Record<string, string>>;
}

export interface Session {
  /** Null until it is read. */
  readonly settings: Settings | null;
  /** Undefined while it is not known yet, null where nobody is signed in. */
  readonly signedIn: SignedIn | null | undefined;
  readonly reason: Reason | null;
  /** Resolves with the code of the refusal, or null. */
  signIn(handle: string): Promise<string | null>;
  /** With a token that the user has from elsewhere. It is for this page alone, until it is left. */
  signInWithToken(token: string): Promise<void>;
  /** Leaves the page, to the identity provider: to sign in there, or out. */
  goToProvider(purpose: 'in' | 'out'): Promise<void>;
  signOut(reason?: SharedTextId): void;
}

const SessionContext = createContext<Session | null>(null);

/**
 * In development a handle is all that signing in takes: kept for this tab, so that loading the page again goes on. It
 * is no secret, and a token is never kept.
 */
const HANDLE = 'madang:handle';

export function SessionProvider({ page, open, children }: SessionOptions & { readonly children: ReactNode }) {
  const [settings, setSettings] = useState<Settings | null>(null);
  const [signedIn, setSignedIn] = useState<SignedIn | null | undefined>(undefined);
  const [reason, setReason] = useState<Reason | null>(null);
  const current = useRef<Connection | null>(null);
  const oidc = settings?.oidc ?? null;

  const end = useCallback((why: Reason | null) => {
    sessionStorage.removeItem(HANDLE);
    noteSignedIn(false);
    current.current?.close();
    current.current = null;
    setSignedIn(null);
    setReason(why);
  }, []);

  const openFor = useCallback(
    (tokens: Tokens): Connection => {
      const opened: Connection = open(tokens, () => current.current === opened && end({ id: 'signIn.ended' }));
      return opened;
    },
    [open, end],
  );
  const enter = useCallback((connection: Connection, user: User) => {
    current.current = connection;
    setReason(null);
    setSignedIn({ user, connection });
  }, []);

  const signIn = useCallback(
    async (handle: string): Promise<string | null> => {
      const anonymous = anonymousClient();
      try {
        const { data } = await anonymous.mutate({ mutation: SignInDocument, variables: { handle } });
        const { token, user } = data!.signIn;
        sessionStorage.setItem(HANDLE, user.handle);
        enter(openFor(fixedToken(token)), user);
        return null;
      } catch (error) {
        return madangError(error).code;
      } finally {
        anonymous.stop();
      }
    },
    [enter, openFor],
  );

  const enterWith = useCallback(
    async (tokens: Tokens, refused: SharedTextId): Promise<boolean> => {
      const connection = openFor(tokens);
      try {
        enter(connection, await readUser(connection));
        return true;
      } catch (error) {
        connection.close();
        end({ id: refused, values: { message: madangError(error).message } });
        return false;
      }
    },
    [end, enter, openFor],
  );
  const signInWithToken = useCallback(
    async (token: string) => void (await enterWith(fixedToken(token), 'signIn.ownTokenRefused')),
    [enterWith],
  );

  const resume = useCallback(
    async (provider: OidcSettings): Promise<void> => {
      const resumed = await resumeByProvider(provider, page);
      if ('grant' in resumed) {
        const isIn = await enterWith(renewedTokens(resumed.grant), 'signIn.tokenRefused');
        return noteSignedIn(isIn);
      }
      setReason(resumed.reason);
      setSignedIn(null);
    },
    [page, enterWith],
  );

  const goToProvider = useCallback(
    async (purpose: 'in' | 'out'): Promise<void> => {
      if (!oidc) return;
      try {
        const provider = await loadProvider(oidc, page);
        await (purpose === 'in' ? provider.begin(location.pathname, false) : provider.end());
      } catch {
        setReason(providerAway(oidc));
      }
    },
    [oidc, page],
  );

  const signOut = useCallback(
    (why?: SharedTextId) => {
      end(why ? { id: why } : null);
      if (!why) void goToProvider('out');
    },
    [end, goToProvider],
  );

  useEffect(() => {
    const start = async (): Promise<void> => {
      const found = await readSettings();
      setSettings(found);
      if (found.oidc) return resume(found.oidc);
      const handle = sessionStorage.getItem(HANDLE);
      if (found.authMode !== 'dev' || handle === null || (await signIn(handle)) !== null) setSignedIn(null);
    };
    start().catch(() => setSignedIn(null));
  }, [resume, signIn]);

  const session = useMemo(
    () => ({ settings, signedIn, reason, signIn, signInWithToken, goToProvider, signOut }),
    [settings, signedIn, reason, signIn, signInWithToken, goToProvider, signOut],
  );
  return <SessionContext value={session}>{children}</SessionContext>;
}

/** The user of the token. @throws the server's refusal of the token */
async function readUser({ apollo }: Connection): Promise<User> {
  for (;;) {
    try {
      return (await apollo.query({ query: MeDocument, fetchPolicy: 'no-cache' })).data!.me;
    } catch (error) {
      const failure = madangError(error);
      if (!failure.isPassing) throw failure;
      await delay(failure.retryAfterMs ?? 1_000);
    }
  }
}

export const useSession = (): Session => use(SessionContext)!;
