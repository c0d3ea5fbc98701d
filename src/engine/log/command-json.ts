import { z } from 'zod';
import type { CommandEnvelope } from '../domain/envelope.js';
import type { Offset } from '../domain/ids.js';
import { MAX_DEPTH, nestsTooDeep } from '../runtime/nesting.js';
import type { CommandRecord } from './command-log.js';
import { LogError } from './command-log.js';

/** Maximum bytes of a command's JSON; the same on both engines, so that they accept the same commands. */
export const MAX_COMMAND_BYTES = 256 * 1024;

const printable = (max: number) => z.string().regex(new RegExp(`^[^\\p{White_Space}\\p{Other}]{1,${max}}$`, 'u'));

// The fields that every reader of the log needs, in sizes that the database can hold. `data` is checked by the
// command's own schema.
const envelope = z.object({
  commandId: z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  type: printable(64),
  schema: z.int().min(1),
  key: printable(200),
  userId: printable(128),
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  // Nothing but a trace depends on it: a wrong one counts as none.
  span: z
    .string()
    .regex(/^(?!0{16})[0-9a-f]{16}$/)
    .optional()
    .catch(undefined),
  at: z.iso.datetime(),
  data: z.unknown(),
});

/** @throws {LogError} RECORD_TOO_LARGE */
export function encodeCommand(command: CommandEnvelope): { readonly payload: string; readonly bytes: number } {
  // PostgreSQL's text cannot hold U+0000. Ids never contain it: this is a mistake of the caller, and must not fail its
  // whole batch.
  if (command.key.includes('\0') || command.commandId.includes('\0'))
    throw new TypeError('a key or commandId with U+0000 in it');
  const payload = JSON.stringify(command);
  const bytes = Buffer.byteLength(payload);
  if (bytes > MAX_COMMAND_BYTES) {
    throw new LogError(
      'RECORD_TOO_LARGE',
      `the command has ${bytes} bytes, the log takes ${MAX_COMMAND_BYTES}: send less at a time`,
    );
  }
  return { payload, bytes };
}

/** Maximum kept length of a record that is no command. */
const KEPT_CHARACTERS = 64 * 1024;
const KEPT_KEY_CHARACTERS = 1_024;

/** For a record of any content: its dead letter must be storable and bounded in size. */
export function unreadableRecord(
  offset: Offset,
  found: { readonly reason: string; readonly payload: string; readonly key: string | null },
): CommandRecord {
  const { reason, payload, key } = found;
  return {
    offset,
    unreadable: {
      reason: kept(reason, KEPT_KEY_CHARACTERS),
      payload: kept(payload, KEPT_CHARACTERS),
      key: key === null ? null : kept(key, KEPT_KEY_CHARACTERS),
    },
  };
}

/** PostgreSQL's text cannot hold U+0000. */
const kept = (text: string, characters: number): string => text.slice(0, characters).replaceAll('\0', '\\u0000');

/** @param takenAt when the log took it, in milliseconds since 1970; null without such a time in the log */
export function commandRecord(
  offset: Offset,
  key: string | null,
  payload: string,
  takenAt: number | null,
): CommandRecord {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch (error) {
    return unreadableRecord(offset, { reason: `not JSON: ${(error as Error).message}`, payload, key });
  }
  if (nestsTooDeep(value))
    return unreadableRecord(offset, {
      reason: `not a command: it nests deeper than ${MAX_DEPTH} levels`,
      payload,
      key,
    });
  const parsed = envelope.safeParse(value);
  if (!parsed.success)
    return unreadableRecord(offset, { reason: `not a command: ${z.prettifyError(parsed.error)}`, payload, key });
  const command = parsed.data as unknown as CommandEnvelope;
  return { offset, command: takenAt === null ? command : { ...command, at: new Date(takenAt).toISOString() } };
}
