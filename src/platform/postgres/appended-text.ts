import type { Partition } from '../../events/ids.js';
import type { AppendedBatch } from './recent-appends.js';

/** A command takes 300 bytes and more: a batch of more than these is too long for a notification, and not worth being written as JSON. */
const MAX_COMMANDS = 20;

export interface AppendedNews {
  readonly partition: Partition;
  readonly batch: AppendedBatch;
}

/** Commands as one process tells the others of them: the partition, the offset of the first, and they themselves. Null where they are too many. */
export function appendedText(partition: Partition, { first, items }: AppendedBatch): string | null {
  if (items.length > MAX_COMMANDS) return null;
  return `${partition} ${first} ${JSON.stringify(items.map(({ key, payload }) => [key, payload]))}`;
}

const TEXT = /^(\d{1,5}) (\d{1,15}) (\[.*\])$/s;

/** Throws where it is no such text. */
export function appendedNews(text: string): AppendedNews {
  const [, partition, first, json] = TEXT.exec(text) ?? [];
  if (json === undefined) throw new Error('commands were told in a form that is not known here');
  const items = JSON.parse(json) as readonly (readonly [key: string, payload: string])[];
  return { partition: Number(partition), batch: { first: Number(first), items: items.map(([key, payload]) => ({ key, payload })) } };
}
