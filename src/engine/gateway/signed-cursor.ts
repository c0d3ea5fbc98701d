import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { EpochPosition, LogPosition } from '../domain/ids.js';
import { FIRST_EPOCH, epoch, position } from '../domain/ids.js';
import type { LogEpochs } from '../log/log-epochs.js';

const TAG_BYTES = 6;
/** The newest pages of rooms are read again and again, a cursor for each message. */
const MAX_REMEMBERED = 20_000;

/** A position or cursor that this deployment did not make, or that was changed on its way. */
export class BrokenCursorError extends Error {
  readonly code = 'BROKEN_SEAL';
}

/** Makes the opaque strings that clients hand back: readable to the server only by intent, and tamper-evident. */
export interface CursorSigner {
  /** With the epoch that it has in the branch of the log that this process knows. */
  position(at: LogPosition): string;
  /** What was sealed, whether or not the log still has it. @throws {BrokenCursorError} */
  openPosition(sealed: string): EpochPosition;
  /** `kind` keeps a cursor of one list from being used in another. */
  cursor(kind: string, place: string): string;
  /** @throws {BrokenCursorError} */
  openCursor(kind: string, sealed: string): string;
}

/** Of a log that never went back: for whoever only opens, or seals cursors. */
const FIRST: Pick<LogEpochs, 'epochOf'> = { epochOf: () => FIRST_EPOCH };

/** `key`: from the deployment's settings, so that every server opens what any server sealed. */
export function createCursorSigner(key: Buffer, epochs: Pick<LogEpochs, 'epochOf'> = FIRST): CursorSigner {
  // Read once: a page has a cursor for each message, and reading the key costs as much as the seal.
  const secret = createSecretKey(key);
  const cursors = new LRUCache<string, string>({ max: MAX_REMEMBERED });

  // Over the bytes as they travel: many byte sequences that are no UTF-8 read as the same text.
  const tag = (kind: string, bytes: Buffer): Buffer =>
    createHmac('sha256', secret).update(`${kind}\0`).update(bytes).digest().subarray(0, TAG_BYTES);

  const seal = (kind: string, text: string): string => {
    const bytes = Buffer.from(text);
    return Buffer.concat([tag(kind, bytes), bytes]).toString('base64url');
  };

  const open = (kind: string, sealed: string): string => {
    const bytes = Buffer.from(sealed, 'base64url');
    const content = bytes.subarray(TAG_BYTES);
    // base64url decoding is lenient: only the very string that was given out is taken back.
    if (bytes.length <= TAG_BYTES || bytes.toString('base64url') !== sealed)
      throw new BrokenCursorError(`not a ${kind} of this server`);
    if (!timingSafeEqual(bytes.subarray(0, TAG_BYTES), tag(kind, content)))
      throw new BrokenCursorError(`not a ${kind} of this server`);
    return content.toString();
  };

  return {
    position(at) {
      const of = epochs.epochOf(at);
      // Of the first epoch as they were before there were others.
      return seal(
        'position',
        of === FIRST_EPOCH ? `${at.partition}.${at.position}` : `${at.partition}.${at.position}.${of.toString(36)}`,
      );
    },
    openPosition(sealed) {
      const [partition, place, of = '0'] = open('position', sealed).split('.');
      return { partition: Number(partition), position: position(Number(place)), epoch: epoch(Number.parseInt(of, 36)) };
    },
    cursor(kind, place) {
      const id = `${kind}\0${place}`;
      const known = cursors.get(id);
      if (known !== undefined) return known;
      const sealed = seal(`cursor ${kind}`, place);
      cursors.set(id, sealed);
      return sealed;
    },
    openCursor: (kind, sealed) => open(`cursor ${kind}`, sealed),
  };
}
