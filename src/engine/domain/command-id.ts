import { v5, v7 } from 'uuid';
import type { CommandId } from './ids.js';
import { commandId } from './ids.js';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Sent by clients that fail to generate an id: as a real id, the second such client would be refused for ever. */
const nil = '00000000-0000-0000-0000-000000000000';

/** A client's commandId in lower case; null for no UUID and for the nil UUID. Any version and variant is accepted. */
export function parseCommandId(value: string): CommandId | null {
  const lower = value.toLowerCase();
  return uuid.test(lower) && lower !== nil ? commandId(lower) : null;
}

/** Whether a client may use it as a commandId, in either case. */
export const isCommandId = (value: string): boolean => parseCommandId(value) !== null;

/** UUIDv7: ids of the server rise with time, so that the index of receipts grows at its end. */
export const newCommandId = (): CommandId => commandId(v7());

/** Madang's namespace for UUIDv5. It must never change: derived ids would come out differently. */
const NAMESPACE = '5c1f0c5e-7a9d-4a0b-9a53-2f4f6d1e8b37';

/**
 * The id of an object that a command creates, derived from its parts alone (such as the user and the commandId): the
 * same command sent again, to any server, names the same room. UUIDv5. The parts are delimited, so that ('ab', 'c') and
 * ('a', 'bc') differ.
 */
export const derivedId = (kind: string, ...parts: readonly string[]): string =>
  v5(JSON.stringify([kind, ...parts]), NAMESPACE);
