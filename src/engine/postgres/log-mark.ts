import type { Offset } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import type { LogMark } from '../log/command-log.js';

/** Stored with its offset: the version before moves the offset and leaves the mark. */
export const writeMark = (mark: LogMark | null, next: Offset): string | null =>
  mark && `${next}/${mark.offset}/${mark.text}`;

export function readMark(stored: string | null, next: Offset): LogMark | null {
  const [, of, at, text] = /^(\d+)\/(\d+)\/(.+)$/.exec(stored ?? '') ?? [];
  return text !== undefined && Number(of) === next ? { offset: offset(Number(at)), text } : null;
}
