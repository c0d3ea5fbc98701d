import type { GifticonRequest } from '@madang/client';
import { madangError, newCommandId } from '@madang/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Refusal } from '../../../shared/text/refusals.js';
import { useSignedIn } from '../session/signed-in.js';

/** The id of the user's request, so that loading the page again goes on with it. It gives nobody the code. */
const keyOf = (campaignId: string, userId: string): string => `madang:press:${campaignId}:${userId}`;

export interface Press {
  readonly request: GifticonRequest | null;
  readonly asking: boolean;
  readonly failure: Refusal | null;
  press(): void;
}

export function usePress(campaignId: string): Press {
  const { api, user } = useSignedIn();
  const key = keyOf(campaignId, user.id);
  const [request, setRequest] = useState<GifticonRequest | null>(null);
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<Refusal | null>(null);
  const leaving = useRef(new AbortController());

  const ask = useCallback(
    async (commandId: string): Promise<void> => {
      const { signal } = leaving.current;
      setAsking(true);
      setFailure(null);
      try {
        setRequest(await api.madang.press(campaignId, { commandId, signal, onChange: setRequest }));
      } catch (error) {
        if (!signal.aborted) setFailure(madangError(error));
      } finally {
        if (!signal.aborted) setAsking(false);
      }
    },
    [api, campaignId],
  );

  useEffect(() => {
    leaving.current = new AbortController();
    const { current } = leaving;
    const kept = localStorage.getItem(key);
    if (kept !== null) void ask(kept);
    return () => current.abort();
  }, [ask, key]);

  return {
    request,
    asking,
    failure,
    press() {
      const commandId = newCommandId();
      localStorage.setItem(key, commandId);
      void ask(commandId);
    },
  };
}
