import { randomUUID } from 'node:crypto';
import { inThread } from '../support/in-thread.js';
import type { Threaded } from '../support/in-thread.js';

export interface Press {
  readonly userId: string;
  readonly token: string;
  readonly commandId: string;
  /** Time of the press, from the beginning. */
  readonly atMs: number;
}

export interface Pressed {
  /** The index of the press. */
  readonly index: number;
  /** From the due time to the answer. */
  readonly ms: number;
  /** The status of the request, or ERROR. */
  readonly answer: string;
  readonly error: string | null;
}

/**
 * Every user presses at a random time within a second; every other user presses once more, with another commandId,
 * before the second is over.
 */
export function pressesOf(userIds: readonly string[], tokens: readonly string[]): readonly Press[] {
  return userIds.flatMap((userId, index) => {
    const token = tokens[index]!;
    const first = Math.random() * 1_000;
    const press = { userId, token, commandId: randomUUID(), atMs: first };
    return index % 2 === 1
      ? [press]
      : [press, { userId, token, commandId: randomUUID(), atMs: first + Math.random() * (1_000 - first) }];
  });
}

export const gather = (url: string, campaignId: string, presses: readonly Press[]): Threaded<readonly Pressed[]> =>
  inThread(new URL('./presses-thread.js', import.meta.url), { url, campaignId, presses });
