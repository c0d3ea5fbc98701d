import { createHash } from 'node:crypto';
import type { CommandEnvelope } from './envelope.js';

const sortKeys = (_key: string, value: unknown): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
    : value;

/**
 * Distinguishes a repeated command from another command under the same id: 32 hexadecimal digits, equal for equal type,
 * user and data in any order of the keys. `data` is the output of the schema, so that a title with and without
 * surrounding spaces is the same command.
 */
export function fingerprint({ type, userId, data }: Pick<CommandEnvelope, 'type' | 'userId' | 'data'>): string {
  return createHash('sha256').update(JSON.stringify({ type, userId, data }, sortKeys)).digest('hex').slice(0, 32);
}
