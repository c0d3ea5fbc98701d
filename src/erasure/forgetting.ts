import { MADANG_EVENTS } from '../events/definitions.js';
import type { LogEntry } from '../engine/domain/event.js';
import { isReadable } from '../engine/domain/event.js';
import type { UserId } from '../engine/domain/ids.js';
import type { ObservedPlace } from './places.js';

/** A cache in memory that may hold personal data. */
export interface Forgetful {
  /**
   * Drops all data about the user, including that of running reads and executions. May be called repeatedly for the
   * same user.
   */
  forget(userId: UserId): void;
}

export interface Forgetting {
  /** Every event of every partition, before it is shown to any user. */
  onEvents(events: readonly LogEntry[]): void;
}

/**
 * Notifies the places in memory of each erasure, in their order: sources before the caches that are filled from them.
 */
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
