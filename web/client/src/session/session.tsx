import { madangError } from '@madang/client';
import { createContext, use, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { UserPartsFragment } from '../generated/operations.js';
import { SignInDocument } from '../generated/operations.js';
import type { Outbox } from '../room/outbox.js';
import { createOutbox } from '../room/outbox.js';
import type { Api } from './api.js';
import { anonymousClient, openApi } from './api.js';
import type { Settings } from './settings.js';
import { readSettings } from './settings.js';
import type { TextId } from '../text/text.js';

export type User = UserPartsFragment;

export interface SignedIn {
  readonly user: User;
  readonly api: Api;
  readonly outbox: Outbox;
}

export interface Session {
  /** Null until it is read. */
  readonly settings: Settings | null;
  /** Undefined while it is not known yet, null where nobody is signed in. */
  readonly signedIn: SignedIn | null | undefined;
  /** Why the user is not signed in any more, as the id of a text. */
  readonly reason: TextId | null;
  /** Resolves with the code of the refusal, or null. */
  signIn(handle: string): Promise<string | null>;
  signOut(reason?: TextId): void;
}

const SessionContext = createContext<Session | null>(null);

/**
 * In development a handle is all that signing in takes: kept for this tab, so that loading the page again goes on. It
 * is no secret, and a token is never kept.
 */
const HANDLE = 'madang:handle';

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const [settings, setSettings] = useState<Settings | null>(null);
  const [signedIn, setSignedIn] = useState<SignedIn | null | undefined>(undefined);
  const [reason, setReason] = useState<TextId | null>(null);
  const open = useRef<Api | null>(null);

  const signOut = useCallback((why: TextId | null = null) => {
    sessionStorage.removeItem(HANDLE);
    open.current?.close();
    open.current = null;
    setSignedIn(null);
    setReason(why);
  }, []);

  const signIn = useCallback(
    async (handle: string): Promise<string | null> => {
      const anonymous = anonymousClient();
      try {
        const { data } = await anonymous.mutate({ mutation: SignInDocument, variables: { handle } });
        const { token, user } = data!.signIn;
        sessionStorage.setItem(HANDLE, user.handle);
        const api = openApi(token, () => signOut('signIn.ended'));
        open.current = api;
        setReason(null);
        setSignedIn({ user, api, outbox: createOutbox(api) });
        return null;
      } catch (error) {
        return madangError(error).code;
      } finally {
        anonymous.stop();
      }
    },
    [signOut],
  );

  useEffect(() => {
    const start = async (): Promise<void> => {
      const told = await readSettings();
      setSettings(told);
      const handle = sessionStorage.getItem(HANDLE);
      if (told.authMode !== 'dev' || handle === null || (await signIn(handle)) !== null) setSignedIn(null);
    };
    start().catch(() => setSignedIn(null));
  }, [signIn]);

  const session = useMemo(
    () => ({ settings, signedIn, reason, signIn, signOut }),
    [settings, signedIn, reason, signIn, signOut],
  );
  return <SessionContext value={session}>{children}</SessionContext>;
}

export const useSession = (): Session => use(SessionContext)!;

/** Inside what is shown to signed-in users alone. */
export const useSignedIn = (): SignedIn => use(SessionContext)!.signedIn!;
