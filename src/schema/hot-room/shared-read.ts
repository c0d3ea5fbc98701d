import type { Position } from '../../engine/domain/ids.js';
import { position } from '../../engine/domain/ids.js';

/** A read for every member of a room. Those who have left before what it holds must not get it. */
export interface SharedRead {
  /** Nothing that came behind this position of the room's partition was read. */
  readonly holds: Position;
  /** Something was read that holds what came up to here. */
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
