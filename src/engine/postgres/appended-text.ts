import type { Partition } from '../domain/ids.js';
import type { AppendedBatch } from './recent-appends.js';

/**
 * A command takes 300 bytes and more: a batch of more than these is too long for a notification, and not worth being
 * written as JSON.
 */
const MAX_COMMANDS = 20;

export interface AppendedNotification {
  readonly partition: Partition;
  /**
   * Null where a program of the version before tells, which does not say when the log took them: they are read from the
   * table.
   */
  readonly batch: AppendedBatch | null;
  /** The offset after the last of them. */
  readonly end: number;
}

/**
 * Commands as one process tells the others of them: the partition, the offset of the first, and they themselves with
 * their time, which a program of the version before passes over. Null where they are too many.
 */
export function appendedText(partition: Partition, { first, at, items }: AppendedBatch): string | null {
  if (items.length > MAX_COMMANDS) return null;
  return `${partition} ${first} ${JSON.stringify(items.map(({ key, payload }) => [key, payload, at]))}`;
}

const TEXT = /^(\d{1,5}) (\d{1,15}) (\[.*\])$/s;

/** Throws where it is no such text. */
export function parseAppended(text: string): AppendedNotification {
  const [, partition, first, json] = TEXT.exec(text) ?? [];
  if (json === undefined) throw new Error('commands were told in a form that is not known here');
  const items = JSON.parse(json) as readonly (readonly [key: string, payload: string, at?: number])[];
  const at = items[0]?.[2];
  const batch =
    at === undefined ? null : { first: Number(first), at, items: items.map(([key, payload]) => ({ key, payload })) };
  return { partition: Number(partition), batch, end: Number(first) + items.length };
}
