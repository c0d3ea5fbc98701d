import type { CursorSigner } from '../../engine/gateway/signed-cursor.js';
import { BrokenCursorError } from '../../engine/gateway/signed-cursor.js';
import { badUserInput } from '../errors.js';

/**
 * One list's cursors. `kind` names the list with its owner, such as the room: a cursor opens only the list that gave
 * it.
 */
export interface Cursors<P> {
  sign(place: P): string;
  /** Null for null and undefined. @throws BAD_USER_INPUT */
  open(field: string, cursor: string | null | undefined): P | null;
}

export function cursorsOf<P>(
  cursorSigner: CursorSigner,
  kind: string,
  write: (place: P) => string,
  read: (text: string) => P,
): Cursors<P> {
  return {
    sign: (place) => cursorSigner.cursor(kind, write(place)),
    open(field, cursor) {
      if (cursor === null || cursor === undefined) return null;
      try {
        return read(cursorSigner.openCursor(kind, cursor));
      } catch (error) {
        if (!(error instanceof BrokenCursorError)) throw error;
        throw badUserInput(field, 'not a cursor of this list: hand back a `cursor` exactly as the list gave it.');
      }
    },
  };
}
