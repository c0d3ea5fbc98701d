import type { GraphQLError } from 'graphql';
import { coded } from '../errors.js';

/**
 * When to come back: never before `retryAfterMs`, and spread over as long again or a pace, so that those refused
 * together do not return together.
 */
export const spreadOut = (retryAfterMs: number, paceMs: number, random: () => number = Math.random): number =>
  Math.round(retryAfterMs + random() * Math.max(retryAfterMs, paceMs));

/** What those are told who are refused. */
export const roomHotRefusal = (retryAfterMs: number, paceMs: number) => ({
  message:
    'This room is fetched from by very many: show what you have, follow `roomEvents`, ' +
    'and fetch again after `retryAfterMs`.',
  extensions: { code: 'ROOM_HOT' as const, retryAfterMs: spreadOut(retryAfterMs, paceMs) },
});

export function roomHot(retryAfterMs: number, paceMs: number): GraphQLError {
  const { message, extensions } = roomHotRefusal(retryAfterMs, paceMs);
  return coded(extensions.code, message, extensions);
}
