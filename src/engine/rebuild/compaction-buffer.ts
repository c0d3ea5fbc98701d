import type { FoldedEvent } from '../domain/event.js';
import type { Position } from '../domain/ids.js';
import type { Projection } from '../projector/projection.js';

/** New events after which the buffer is compacted. */
const FRESH = 5_000;
/** Maximum events after compaction: as many of each folded partition are in memory, plus the new ones. */
const MOST_LEFT = 20_000;

/**
 * Events of one partition that a read model was given and has not stored: with compaction, the rest of many pages;
 * without, those of the last page. Events that may be dropped (`apart`) take no part in compaction: events that they
 * would replace are kept.
 */
export class CompactionBuffer {
  #events: FoldedEvent[] = [];
  /** The number of events that the last compaction left. */
  #left = 0;

  constructor(
    private readonly projection: Pick<Projection, 'compact'>,
    private readonly apart: ReadonlySet<Position>,
  ) {}

  add(events: readonly FoldedEvent[]): void {
    for (const event of events) this.#events.push(event);
  }

  /** Whether to store now: compaction is not possible, or too much is left. */
  isDue(): boolean {
    if (!this.projection.compact) return true;
    if (this.#events.length < this.#left + FRESH) return false;
    this.#compact();
    return this.#left > MOST_LEFT;
  }

  /** Returns all events and empties the buffer. */
  take(): readonly FoldedEvent[] {
    this.#compact();
    const taken = this.#events;
    this.clear();
    return taken;
  }

  clear(): void {
    this.#events = [];
    this.#left = 0;
  }

  #compact(): void {
    if (this.projection.compact) {
      const isApart = ({ position }: FoldedEvent): boolean => this.apart.has(position);
      const apart = this.apart.size === 0 ? [] : this.#events.filter(isApart);
      const others = apart.length === 0 ? this.#events : this.#events.filter((event) => !isApart(event));
      this.#events = [...this.projection.compact(others), ...apart];
      if (apart.length > 0) this.#events.sort((a, b) => a.position - b.position);
    }
    this.#left = this.#events.length;
  }
}
