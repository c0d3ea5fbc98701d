import { useEffect } from 'react';
import { useSignedIn } from './signed-in.js';

/** How often a list is asked for: while the page is in view, and while it is not. */
const EVERY_MS = 4_000;
const HIDDEN_EVERY_MS = 30_000;
/** What came into view twice within this time is asked for once. */
const LEAST_MS = 1_000;

/**
 * Asks again at intervals, and at once when the page comes into view or the connection is back. A part of each interval
 * is random, so that the pages of many users do not ask together.
 */
export function useRefresh(refetch: () => Promise<unknown>, isOn = true): void {
  const { connected } = useSignedIn().api;
  useEffect(() => {
    if (!isOn) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let askedAt = performance.now();
    const wait = (): void => {
      clearTimeout(timer);
      const every = document.visibilityState === 'hidden' ? HIDDEN_EVERY_MS : EVERY_MS;
      timer = setTimeout(ask, every * (1 + Math.random() / 2));
    };
    const ask = (): void => {
      askedAt = performance.now();
      wait();
      refetch().catch(() => undefined);
    };
    const look = (): void => {
      if (document.visibilityState === 'hidden') wait();
      else if (performance.now() - askedAt > LEAST_MS) ask();
    };
    const unfollow = connected.subscribe(() => connected.get() && ask());
    document.addEventListener('visibilitychange', look);
    window.addEventListener('focus', look);
    wait();
    return () => {
      clearTimeout(timer);
      unfollow();
      document.removeEventListener('visibilitychange', look);
      window.removeEventListener('focus', look);
    };
  }, [refetch, connected, isOn]);
}
