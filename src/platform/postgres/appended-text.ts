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

const TEXT = /^(\d{1,5}) (\d{1,15}) (\d{1,5}) (\[.*\])$/s;

/** Null for what is of another queue. Throws where it is no such text. */
export function appendedNews(queue: string, text: string): AppendedNews | null {
  if (!text.startsWith(`${queue} `)) return null;
  const [, ...parts] = TEXT.exec(text.slice(queue.length + 1)) ?? [];
  if (parts.length === 0) throw new Error('commands were told in a form that is not known here');
  const [partition, first, count] = parts.slice(0, 3).map(Number) as [Partition, number, number];
  const batch = (): AppendedBatch => {
    const items = JSON.parse(parts[3]!) as readonly (readonly [key: string, payload: string])[];
    return { first, items: items.map(([key, payload]) => ({ key, payload })) };
  };
  return { partition, end: first + count, batch };
}
