import type { Position } from '../../engine/domain/ids.js';
import { position } from '../../engine/domain/ids.js';

/** A read for every member of a room. A member who left before the position that it holds must not get it. */
export interface SharedRead {
  /** The read contains no event behind this position of the room's partition. */
  readonly holds: Position;
  /** Called when a part was read that holds the events up to here. */
  held(at: Position): void;
}

export function createSharedRead(): SharedRead {
  let holds = position(0);
  return {
    get holds() {
      return holds;
    },
    held(at) {
      holds = position(Math.max(holds, at));
    },
  };
}
