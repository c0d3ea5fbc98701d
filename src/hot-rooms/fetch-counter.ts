import type { RoomId } from '../events/ids.js';
import { topK } from './top-k.js';

/** The fetches of this process, second by second. */
export class FetchCounter {
  /** Counts that were not taken yet. */
  #fresh = new Map<RoomId, number>();
  /** Counts that were taken, in the present second. */
  #taken = new Map<RoomId, number>();
  #last: ReadonlyMap<RoomId, number> = new Map();

  /** @returns the fetches in the present second, this one included */
  add(roomId: RoomId): number {
    const fresh = (this.#fresh.get(roomId) ?? 0) + 1;
    this.#fresh.set(roomId, fresh);
    return fresh + (this.#taken.get(roomId) ?? 0);
  }

  /** Whether there is nothing to take. */
  isIdle(): boolean {
    return this.#fresh.size === 0;
  }

  /**
   * Takes the untaken counts of the rooms with most fetches. The other rooms keep theirs for the next call in the same
   * second.
   */
  take(limit: number): readonly (readonly [RoomId, number])[] {
    const picked = topK(this.#fresh, limit);
    for (const [roomId, count] of picked) {
      this.#fresh.delete(roomId);
      this.#note(roomId, count);
    }
    return picked;
  }

  /** Ends the second; counts that were not taken are dropped. @returns all fetches in it */
  close(): ReadonlyMap<RoomId, number> {
    for (const [roomId, count] of this.#fresh) this.#note(roomId, count);
    this.#fresh.clear();
    this.#last = this.#taken;
    this.#taken = new Map();
    return this.#last;
  }

  /** The fetches in the last full second. */
  of(roomId: RoomId): number {
    return this.#last.get(roomId) ?? 0;
  }

  #note(roomId: RoomId, count: number): void {
    this.#taken.set(roomId, (this.#taken.get(roomId) ?? 0) + count);
  }
}
