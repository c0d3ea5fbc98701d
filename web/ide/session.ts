import { useSyncExternalStore } from 'react';

/** What responses have taught this browser tab. */
export interface Session {
  readonly token: string | null;
  readonly handle: string | null;
  readonly room: { readonly id: string; readonly title: string | null } | null;
}

const SESSION = 'madang:session';
/**
 * Shared by all browser tabs: a second user, in a second tab, mostly wants to join the room that the first one made.
 */
const LAST_ROOM = 'madang:room';

function read<T>(store: Storage, key: string): T | null {
  try {
    return JSON.parse(store.getItem(key) ?? 'null') as T | null;
  } catch {
    return null;
  }
}

let session: Session = read<Session>(sessionStorage, SESSION) ?? {
  token: null,
  handle: null,
  room: read<NonNullable<Session['room']>>(localStorage, LAST_ROOM),
};
const listeners = new Set<() => void>();

export const currentSession = (): Session => session;

export function onSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function change(next: Partial<Session>): void {
  session = { ...session, ...next };
  sessionStorage.setItem(SESSION, JSON.stringify(session));
  if (next.room) localStorage.setItem(LAST_ROOM, JSON.stringify(next.room));
  for (const listener of listeners) listener();
}

export const signOut = (): void => change({ token: null, handle: null });

/** The server refuses a token: it is forgotten, unless another sign-in has replaced it meanwhile. */
export function tokenRefused(token: string): void {
  if (session.token === token) signOut();
}

export const useSession = (): Session => useSyncExternalStore(onSession, currentSession);

/** The claims of a token are read for display alone; only the server verifies them. */
function handleIn(token: string): string | null {
  try {
    const payload = token.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '';
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)).handle ?? null;
  } catch {
    return null;
  }
}

interface Teaching {
  signIn?: { token?: string; user?: { handle?: string } } | null;
  createRoom?: { room?: { id?: string; title?: string } | null } | null;
  joinRoom?: { room?: { id?: string; title?: string } | null } | null;
}

/** Remembers the token of a sign-in, and the room that was made or joined last. */
export function learn(data: unknown): void {
  const { signIn, createRoom, joinRoom } = (data ?? {}) as Teaching;
  if (signIn?.token) {
    change({ token: signIn.token, handle: signIn.user?.handle ?? handleIn(signIn.token) });
  }
  const room = createRoom?.room ?? joinRoom?.room;
  if (room?.id) change({ room: { id: room.id, title: room.title ?? null } });
}
