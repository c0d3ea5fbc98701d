import { createHash } from 'node:crypto';

const MAX_LENGTH = 200;

/**
 * A cache key for a client's text: equal for equal texts, and of bounded length, so that a cache may count its keys
 * instead of their bytes.
 */
export const shortKey = (text: string): string =>
  text.length <= MAX_LENGTH ? text : createHash('sha256').update(text).digest('base64url');
