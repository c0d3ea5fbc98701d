import { RETRIES, pauseMs } from '../runtime/retry.js';
import type { LogMessage } from './record-batches.js';

export interface Fetched {
  /** To be handed on. */
  readonly messages: readonly LogMessage[];
  /** From where to fetch again, and after how long; null where everything is handed on. */
  readonly again: { readonly offset: number; readonly afterMs: number } | null;
}

/**
 * Keeps back a batch whose checksum is wrong, and all behind it, for as long as it is worth fetching again: the damage
 * may be of the way or of a broker's memory, and another replica may have become the leader meanwhile. An
 * acknowledged record must not become a dead letter for a bit that flipped once. One for each partition.
 */
export function createDamagedBatches(random: () => number = Math.random): {
  /** @param fetchedFrom the offset from which they were fetched: a batch may begin below it */
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
