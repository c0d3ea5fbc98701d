import type { Partition } from '../../events/ids.js';
import type { AppendedBatch } from './recent-appends.js';

/** A command takes 300 bytes and more: a batch of more than these is too long for a notification, and not worth being written as JSON. */
const MAX_COMMANDS = 20;

export interface AppendedNews {
  readonly partition: Partition;
  /** The offset after the last command. */
  readonly end: number;
  /** Reads the commands themselves: only who consumes the queue needs them. */
  batch(): AppendedBatch;
}

/** Commands as one process tells the others of them: the queue, the partition, the offset of the first, how many, and they themselves. Null where they are too many. */
export function appendedText(queue: string, partition: Partition, { first, items }: AppendedBatch): string | null {
  if (items.length > MAX_COMMANDS) return null;
  return `${queue} ${partition} ${first} ${items.length} ${JSON.stringify(items.map(({ key, payload }) => [key, payload]))}`;
}

/** Null for what is of another queue. */
export function appendedNews(queue: string, text: string): AppendedNews | null {
  if (!text.startsWith(`${queue} `)) return null;
  const [partition, first, count] = text.slice(queue.length + 1, text.indexOf('[')).split(' ').map(Number) as [Partition, number, number];
  const batch = (): AppendedBatch => {
    const items = JSON.parse(text.slice(text.indexOf('['))) as readonly (readonly [key: string, payload: string])[];
    return { first, items: items.map(([key, payload]) => ({ key, payload })) };
  };
  return { partition, end: first + count, batch };
}
