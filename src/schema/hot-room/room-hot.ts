import type { GraphQLError } from 'graphql';
import { coded } from '../errors.js';

/** When to come back: never before `retryAfterMs`, and spread over as long again or a pace, so that those refused together do not return together. */
export const spreadOut = (retryAfterMs: number, paceMs: number, random: () => number = Math.random): number =>
  Math.round(retryAfterMs + random() * Math.max(retryAfterMs, paceMs));

export const roomHot = (retryAfterMs: number, paceMs: number): GraphQLError =>
  coded('ROOM_HOT', 'This room is fetched from by very many: show what you have, follow `roomEvents`, and fetch again after `retryAfterMs`.', {
    retryAfterMs: spreadOut(retryAfterMs, paceMs),
  });
