import type { FoldedEvent } from '../domain/event.js';
import type { Position } from '../domain/ids.js';
import type { Projection } from '../projector/projection.js';

/** New events after which they are condensed. */
const FRESH = 5_000;
/**
 * Events that may be left of condensing: as many of each partition that is folded are in memory, and the fresh ones.
 */
const MOST_LEFT = 20_000;

/**
 * Events of one partition that a read model was given, and has not stored: of one that condenses, what is left of many
 * pages; of another, those of the last page. Events that it may have to do without (`apart`) take no part in
 * condensing: what they would make needless is kept.
 */
export class CompactionBuffer {
  #events: FoldedEvent[] = [];
  /** Of these, how many condensing has left. */
  #left = 0;

  constructor(
    private readonly projection: Pick<Projection, 'compact'>,
    private readonly apart: ReadonlySet<Position>,
  ) {}

  add(events: readonly FoldedEvent[]): void {
    for (const event of events) this.#events.push(event);
  }

  /** Whether to store now: there is nothing to wait for, or too much is left. */
  isDue(): boolean {
    if (!this.projection.compact) return true;
    if (this.#events.length < this.#left + FRESH) return false;
    this.#compact();
    return this.#left > MOST_LEFT;
  }

  /** All that there is, which is none of it afterwards. */
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
