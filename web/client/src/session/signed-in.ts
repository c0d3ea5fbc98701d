import { useMemo } from 'react';
import { useSession } from '../../../shared/session/session.js';
import type { User } from '../../../shared/session/session.js';
import type { Api } from './api.js';

export interface SignedIn {
  readonly user: User;
  readonly api: Api;
}

/** Inside what is shown to signed-in users alone. */
export function useSignedIn(): SignedIn {
  const { user, connection } = useSession().signedIn!;
  // The page's session is opened with `openApi`.
  return useMemo(() => ({ user, api: connection as Api }), [user, connection]);
}
