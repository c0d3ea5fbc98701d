import type { GraphQLError } from 'graphql';
import { coded } from '../errors.js';

/**
 * The time to come back: never before `retryAfterMs`, and spread over as long again or a pace, so that clients who are
 * refused together do not return together.
 */
export const spreadOut = (retryAfterMs: number, paceMs: number, random: () => number = Math.random): number =>
  Math.round(retryAfterMs + random() * Math.max(retryAfterMs, paceMs));

/** The error of a refused fetch. */
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
