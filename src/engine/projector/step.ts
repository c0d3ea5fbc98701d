import type { LogEntry, RecordedEvent, UnreadableEvent } from '../domain/event.js';
import { isReadable } from '../domain/event.js';
import type { Position } from '../domain/ids.js';
import type { EventCatalog } from '../domain/event-catalog.js';
import type { ParkedKey, Parking } from './projection-store.js';

/** The handling of the next entries of the log by a read model. */
export interface Step {
  readonly to: Position;
  readonly events: readonly RecordedEvent[];
  /** Null if no key is parked before or by this step. */
  readonly parking: Parking | null;
}

/** A key that waits, from this event on, for a program that can read it. */
export const parkedUnread = ({ key, position, unreadable }: UnreadableEvent): ParkedKey => ({
  key,
  position,
  letter: null,
  reason: `UNREADABLE_EVENT: ${unreadable.message}`,
  since: new Date(),
});

/** Leaves out the events of parked keys, and parks the key of an unreadable event with it. */
export function planStep(
  catalog: EventCatalog,
  entries: readonly LogEntry[],
  handled: ReadonlySet<string>,
  parked: ReadonlyMap<string, ParkedKey>,
): Step {
  const events: RecordedEvent[] = [];
  const held = new Set<string>();
  const park = new Map<string, ParkedKey>();
  for (const entry of entries) {
    if (!catalog.concerns(handled, entry)) continue;
    const { key, position } = entry;
    if (park.has(key)) continue;
    // Parked at a later position: the checkpoint was set back by hand, and the key is parked again if needed.
    if ((parked.get(key)?.position ?? Infinity) <= position) held.add(key);
    else if (isReadable(entry)) events.push(entry);
    else park.set(key, parkedUnread(entry));
  }
  const parking = held.size + park.size > 0 ? { held: [...held], park: [...park.values()] } : null;
  return { to: entries.at(-1)!.position, events, parking };
}
