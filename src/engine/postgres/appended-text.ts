import type { Partition } from '../domain/ids.js';
import type { AppendedBatch } from './recent-appends.js';
import type { TextSignature } from './text-signature.js';
import { signedText, textOfSigned } from './text-signature.js';

/** A command takes at least 300 bytes, so a larger batch exceeds the size of a notification. */
const MAX_COMMANDS = 20;

const PLACE = { end: ']]', before: ',' };

export interface AppendedNotification {
  readonly partition: Partition;
  /**
   * Null in a notification that this deployment has not signed: it may come from the version before, or from anyone.
   * The commands are read from the table.
   */
  readonly batch: AppendedBatch | null;
  /** The offset after the last of them. */
  readonly end: number;
}

/**
 * Commands as one process announces them to the others: the partition, the first offset, and the commands with their
 * time, signed. The version before ignores the signature. Null for too many commands.
 */
export function appendedText(
  signature: TextSignature,
  channel: string,
  partition: Partition,
  { first, at, items }: AppendedBatch,
): string | null {
  if (items.length > MAX_COMMANDS) return null;
  const text = `${partition} ${first} ${JSON.stringify(items.map(({ key, payload }) => [key, payload, at]))}`;
  return signedText(signature, channel, text, PLACE);
}

const TEXT = /^(\d{1,5}) (\d{1,15}) (\[.*\])$/s;

/** @throws {Error} the text has another format */
export function parseAppended(signature: TextSignature, channel: string, signed: string): AppendedNotification {
  const text = textOfSigned(signature, channel, signed, PLACE);
  const [, partition, first, json] = TEXT.exec(text ?? signed) ?? [];
  if (json === undefined) throw new Error('unknown format of a notification of commands');
  const items = JSON.parse(json) as readonly (readonly [key: string, payload: string, at?: number])[];
  const at = items[0]?.[2];
  const batch =
    text === null || at === undefined
      ? null
      : { first: Number(first), at, items: items.map(([key, payload]) => ({ key, payload })) };
  return { partition: Number(partition), batch, end: Number(first) + items.length };
}
