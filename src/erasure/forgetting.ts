import { MADANG_EVENTS } from '../events/definitions.js';
import type { LogEntry } from '../engine/domain/event.js';
import { isReadable } from '../engine/domain/event.js';
import type { UserId } from '../engine/domain/ids.js';
import type { ObservedPlace } from './places.js';

/** What is kept in memory, and may tell of a person. */
export interface Forgetful {
  /**
   * Lets go of everything that tells of the user, also of what is being read or executed now. May be called more than
   * once for the same.
   */
  forget(userId: UserId): void;
}

export interface Forgetting {
  /** Every event of every partition, before anybody is shown it. */
  onEvents(events: readonly LogEntry[]): void;
}

/** Tells the places in memory of each erasure, in their order: what the others are made from anew comes first. */
export function createForgetting(places: Readonly<Record<ObservedPlace, Forgetful>>): Forgetting {
  return {
    onEvents(events) {
      for (const entry of events) {
        const erased = isReadable(entry) ? MADANG_EVENTS.erasedBy(entry.event) : null;
        if (erased !== null) for (const place of Object.values(places)) place.forget(erased);
      }
    },
  };
}
