import type { LogEntry, RecordedEvent, UnreadableEvent } from '../domain/event.js';
import { isReadable } from '../domain/event.js';
import type { Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { EventStore } from '../store/event-store.js';
import type { ParkedKey } from './projection-store.js';
import { isolate } from '../runtime/isolate.js';
import { parkedUnread } from './step.js';

export interface ResumeKeyOptions {
  readonly partition: Partition;
  readonly handled: ReadonlySet<string>;
  readonly events: Pick<EventStore, 'catalog' | 'readKeyEntries'>;
  /** The checkpoint: later events come by delivery. */
  readonly upTo: Position;
  /**
   * Applies events of the key and stores the new state of the key, atomically. @throws the checkpoint or the key has
   * moved
   */
  readonly release: (parked: ParkedKey, events: readonly RecordedEvent[], next: ParkedKey | null) => Promise<void>;
  /** Stores the event as a dead letter. */
  readonly deadLetter: (
    event: RecordedEvent,
    error: unknown,
  ) => Promise<{ readonly id: number; readonly dropped: boolean; readonly reason: string }>;
  readonly isTheirs: (error: unknown) => boolean;
}

const PAGE = 1_000;

/**
 * Applies the held events of a parked key, in order, page by page: after a crash it stays parked from the reached
 * position on. Ends at the checkpoint, where the key becomes free, or at an event that still cannot be applied, unless
 * an operator has dropped that one.
 * @returns the key as it is parked now; null if it is free
 */
export async function resumeKey(key: ParkedKey, options: ResumeKeyOptions): Promise<ParkedKey | null> {
  const { partition, handled, events, upTo, release, deadLetter, isTheirs } = options;
  let parked = key;
  const move = async (applied: readonly RecordedEvent[], change: Partial<ParkedKey>): Promise<void> => {
    const next = { ...parked, ...change };
    await release(parked, applied, next);
    parked = next;
  };

  for (;;) {
    const page = await events.readKeyEntries(partition, parked.key, position(parked.position - 1), PAGE);
    const waiting = page.filter((entry) => entry.position <= upTo && events.catalog.concerns(handled, entry));
    const { run, unread } = untilUnread(waiting);
    const { refused } = await isolate(run, {
      async handle(items) {
        if (items.length > 0) await move(items, { position: position(items.at(-1)!.position + 1) });
        return items.length;
      },
      isTheirs,
    });
    if (refused) {
      const { id, dropped, reason } = await deadLetter(refused.item, refused.error);
      if (!dropped) {
        await move([], { position: refused.item.position, letter: id, reason });
        return parked;
      }
      await move([], { position: position(refused.item.position + 1) });
    } else if (unread) {
      const { position: at, letter, reason } = parkedUnread(unread);
      // If nothing was applied, it is the same event that another program could read: its letter stays.
      const next = { position: at, letter: parked.position > key.position ? letter : parked.letter, reason };
      if (next.position !== parked.position || next.letter !== parked.letter || next.reason !== parked.reason)
        await move([], next);
      return parked;
    } else if (page.length < PAGE || page.at(-1)!.position > upTo) {
      await release(parked, [], null);
      return null;
    } else if (page.at(-1)!.position >= parked.position) {
      await move([], { position: position(page.at(-1)!.position + 1) });
    }
  }
}

function untilUnread(entries: readonly LogEntry[]): {
  readonly run: readonly RecordedEvent[];
  readonly unread: UnreadableEvent | null;
} {
  const run: RecordedEvent[] = [];
  for (const entry of entries) {
    if (!isReadable(entry)) return { run, unread: entry };
    run.push(entry);
  }
  return { run, unread: null };
}
