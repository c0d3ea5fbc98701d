import type { RoomId } from '../events/ids.js';
import { topK } from './top-k.js';

/** The fetches of this process, second by second. */
export class FetchCounter {
  /** Not taken yet. */
  #fresh = new Map<RoomId, number>();
  /** Taken, in the second that goes on. */
  #taken = new Map<RoomId, number>();
  #last: ReadonlyMap<RoomId, number> = new Map();

  /** @returns how many there were in the second that goes on, with this one */
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
   * What was not taken before, of the rooms with most of it. The others keep theirs for the next time in the same
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

  /** The second is over: what was not taken of it will not be. @returns all fetches in it */
  close(): ReadonlyMap<RoomId, number> {
    for (const [roomId, count] of this.#fresh) this.#note(roomId, count);
    this.#fresh.clear();
    this.#last = this.#taken;
    this.#taken = new Map();
    return this.#last;
  }

  /** In the last second that is over. */
  of(roomId: RoomId): number {
    return this.#last.get(roomId) ?? 0;
  }

  #note(roomId: RoomId, count: number): void {
    this.#taken.set(roomId, (this.#taken.get(roomId) ?? 0) + count);
  }
}
