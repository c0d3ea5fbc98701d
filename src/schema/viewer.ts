import type { Identity } from '../server/identity/identity.js';
import type { ApiContext } from './context.js';
import { forbidden, unauthenticated } from './errors.js';

// The only ways to the viewer. In a context that subscribers share all of them throw: a field whose value depends on
// the viewer and is not marked `viewerDependent` then fails in the first test that subscribes to it, instead of showing
// one member the data of another.

/** Null without a token. */
export const viewerOf = (context: ApiContext): Identity | null => context.viewer;

/** @throws UNAUTHENTICATED */
export function requireViewer(context: ApiContext): Identity {
  const viewer = viewerOf(context);
  if (!viewer) throw unauthenticated();
  return viewer;
}

export const isAdmin = (context: ApiContext): boolean => viewerOf(context)?.roles.includes('admin') === true;

/** @throws UNAUTHENTICATED, FORBIDDEN */
export function requireAdmin(context: ApiContext): Identity {
  const viewer = requireViewer(context);
  if (!isAdmin(context)) throw forbidden('This needs the role `admin`: use a token that has it.');
  return viewer;
}

/** For `@Extensions`: the field's value is not the same for every member of a room. */
export const VIEWER_DEPENDENT = { viewerDependent: true } as const;

/** For `@Extensions`: refused or null to strangers, and the same for every member of the room. */
export const SAME_FOR_MEMBERS = { viewerDependent: true, sameForMembers: true } as const;

/** For `@Extensions`: the field's value is as it was created, with nothing that came to it since. */
export const SHOWS_NEW = { showsNew: true } as const;

/** For `@Extensions`: an empty list while its object is new, so that nothing selected in it depends on the viewer. */
export const EMPTY_IF_NEW = { emptyIfNew: true } as const;
