import { createHash } from 'node:crypto';

const MAX_LENGTH = 200;

/**
 * A key for what a client sent: equal for equal texts, and short however long they are, so that a cache may count its
 * keys instead of weighing them.
 */
export const shortKey = (text: string): string =>
  text.length <= MAX_LENGTH ? text : createHash('sha256').update(text).digest('base64url');
