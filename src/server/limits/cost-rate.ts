import { GraphQLError } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { ServerMetrics } from '../metrics.js';
import type { ConnectionLimits } from '../connections/connection-limits.js';
import type { Bucket } from '../rate-limits/token-bucket.js';
import { take } from '../rate-limits/token-bucket.js';

/** Beyond this number, the oldest start again with a full bucket. */
const MAX_COUNTED = 50_000;

/** The payer of an operation: a signed-in user, or the address of a client without a token. */
export interface Payer {
  readonly viewer: { readonly userId: string } | null;
  readonly clientAddress: string;
}

/** Limits the cost of one user's or address's operations, on all transports of this process together. */
export interface CostRate {
  /** Takes the cost of an operation; or returns why it is not executed now, and takes nothing. */
  pay(payer: Payer, cost: number): GraphQLError | null;
}

export function createCostRate(
  { costPerSecond, costBurst }: Pick<ConnectionLimits, 'costPerSecond' | 'costBurst'>,
  { connectionsRefused }: Pick<ServerMetrics, 'connectionsRefused'>,
  now: () => number = () => performance.now(),
): CostRate {
  if (costPerSecond === 0) return { pay: () => null };
  const rate = { perSecond: costPerSecond, burst: costBurst };
  const buckets = new LRUCache<string, Bucket>({ max: MAX_COUNTED });
  return {
    pay({ viewer, clientAddress }, cost) {
      const who = viewer ? `user ${viewer.userId}` : `address ${clientAddress}`;
      const [bucket, decision] = take(buckets.get(who), rate, now(), Math.min(cost, costBurst));
      if (bucket) buckets.set(who, bucket);
      if (decision.granted) return null;
      connectionsRefused.inc({ reason: 'cost' });
      return new GraphQLError(viewer ? REFUSALS.user : REFUSALS.address, {
        extensions: { code: 'TOO_MANY_REQUESTS', retryAfterMs: decision.retryAfterMs },
      });
    },
  };
}

const REFUSALS = {
  user:
    'Your operations cost more than one user may ask for at a time: ' +
    'send this again after `retryAfterMs`, or ask for smaller pages.',
  address:
    'Operations without a token cost more than one address may ask for at a time: ' +
    'send this again after `retryAfterMs`, or sign in.',
} as const;
