import type { Identity } from '../identity/identity.js';
import type { ApiContext } from './context.js';
import { unauthenticated } from './errors.js';

// The only two ways to the viewer. In a context that subscribers share both throw, so that a field whose value depends on the viewer and
// is not marked `viewerDependent` fails in the first test that subscribes to it, instead of showing one member what belongs to another.

/** Null where no token came. */
export const viewerOf = (context: ApiContext): Identity | null => context.viewer;

/** @throws UNAUTHENTICATED */
export function requireViewer(context: ApiContext): Identity {
  const viewer = viewerOf(context);
  if (!viewer) throw unauthenticated();
  return viewer;
}

/** For `@Extensions`: the field's value is not the same for every member of a room. */
export const VIEWER_DEPENDENT = { viewerDependent: true } as const;
