import { RETRIES, pauseMs } from '../runtime/retry.js';
import type { LogMessage } from './record-batches.js';

export interface Fetched {
  /** To be delivered. */
  readonly messages: readonly LogMessage[];
  /** The offset to fetch again, and the delay; null if everything is delivered. */
  readonly again: { readonly offset: number; readonly afterMs: number } | null;
}

/**
 * Holds back a batch with a wrong checksum, and all later ones, while a new fetch may help: the damage may come from
 * the network or a broker's memory, and another replica may be the leader by then. A single flipped bit must not turn
 * an acknowledged record into a dead letter. One per partition.
 */
export function createDamagedBatches(random: () => number = Math.random): {
  /** @param fetchedFrom the offset of the fetch: a batch may begin below it */
  readonly sift: (messages: readonly LogMessage[], fetchedFrom: number) => Fetched;
} {
  const { times } = RETRIES.kafkaDamaged;
  let damaged: { readonly first: number; failures: number } | null = null;
  return {
    sift(messages, fetchedFrom) {
      for (const [index, { undecodable }] of messages.entries()) {
        if (!undecodable?.damaged) continue;
        if (damaged?.first !== undecodable.first) damaged = { first: undecodable.first, failures: 0 };
        if (damaged.failures >= times) continue;
        const afterMs = pauseMs(RETRIES.kafkaDamaged, damaged.failures++, random);
        return {
          messages: messages.slice(0, index),
          again: { offset: Math.max(undecodable.first, fetchedFrom), afterMs },
        };
      }
      return { messages, again: null };
    },
  };
}
