import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { EpochPosition, LogPosition } from '../domain/ids.js';
import { FIRST_EPOCH, epoch, position } from '../domain/ids.js';
import type { LogEpochs } from '../log/log-epochs.js';

const TAG_BYTES = 6;
/** The newest pages of rooms are read again and again, with a cursor per message. */
const MAX_REMEMBERED = 20_000;

/** A position or cursor that this deployment did not make, or that was altered. */
export class BrokenCursorError extends Error {
  readonly code = 'BROKEN_SEAL';
}

/** Makes the opaque, signed strings that clients send back. */
export interface CursorSigner {
  /** With the epoch of the position in the branch of the log that this process knows. */
  position(at: LogPosition): string;
  /** The signed position, whether or not the log still has it. @throws {BrokenCursorError} */
  openPosition(signed: string): EpochPosition;
  /** `kind` prevents the use of a cursor in another list. */
  cursor(kind: string, place: string): string;
  /** @throws {BrokenCursorError} */
  openCursor(kind: string, signed: string): string;
}

/** For a log that never forked: for a caller that only opens positions, or signs cursors only. */
const FIRST: Pick<LogEpochs, 'epochOf'> = { epochOf: () => FIRST_EPOCH };

/** `key`: from the deployment's settings, so that every server accepts the cursors of all others. */
export function createCursorSigner(key: Buffer, epochs: Pick<LogEpochs, 'epochOf'> = FIRST): CursorSigner {
  // Created once: a page has a cursor per message, and creating the key costs as much as a signature.
  const secret = createSecretKey(key);
  const cursors = new LRUCache<string, string>({ max: MAX_REMEMBERED });

  // Over the transmitted bytes: many invalid UTF-8 sequences decode to the same text.
  const tag = (kind: string, bytes: Buffer): Buffer =>
    createHmac('sha256', secret).update(`${kind}\0`).update(bytes).digest().subarray(0, TAG_BYTES);

  const sign = (kind: string, text: string): string => {
    const bytes = Buffer.from(text);
    return Buffer.concat([tag(kind, bytes), bytes]).toString('base64url');
  };

  const open = (kind: string, signed: string): string => {
    const bytes = Buffer.from(signed, 'base64url');
    const content = bytes.subarray(TAG_BYTES);
    // base64url decoding is lenient: only the exact string that was issued is accepted.
    if (bytes.length <= TAG_BYTES || bytes.toString('base64url') !== signed)
      throw new BrokenCursorError(`not a ${kind} of this server`);
    if (!timingSafeEqual(bytes.subarray(0, TAG_BYTES), tag(kind, content)))
      throw new BrokenCursorError(`not a ${kind} of this server`);
    return content.toString();
  };

  return {
    position(at) {
      const of = epochs.epochOf(at);
      // In the first epoch as before there were others.
      return sign(
        'position',
        of === FIRST_EPOCH ? `${at.partition}.${at.position}` : `${at.partition}.${at.position}.${of.toString(36)}`,
      );
    },
    openPosition(signed) {
      const [partition, place, of = '0'] = open('position', signed).split('.');
      return { partition: Number(partition), position: position(Number(place)), epoch: epoch(Number.parseInt(of, 36)) };
    },
    cursor(kind, place) {
      const id = `${kind}\0${place}`;
      const known = cursors.get(id);
      if (known !== undefined) return known;
      const signed = sign(`cursor ${kind}`, place);
      cursors.set(id, signed);
      return signed;
    },
    openCursor: (kind, signed) => open(`cursor ${kind}`, signed),
  };
}
