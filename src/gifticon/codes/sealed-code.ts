import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { CodeNumber } from './gifticon-codes.js';
import type { CampaignKeys } from './code-keys.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const DIGEST_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** The code was encrypted with another key or for another number, or was changed since. */
export class BrokenCodeError extends Error {
  readonly code = 'BROKEN_CODE';
}

/** Authenticated with the code: a row that is moved to another place does not decrypt. */
const place = ({ campaignId, nth }: CodeNumber): Buffer => Buffer.from(`${campaignId}/${nth}`);

/**
 * AES-256-GCM: nonce, encrypted UTF-8, tag. 28 bytes longer than the code, so the length of a code is no secret.
 * @param nonce from `newNonces`, never used before
 */
export function sealCode({ seal }: CampaignKeys, number: CodeNumber, code: string, nonce: Buffer): Buffer {
  const cipher = createCipheriv(CIPHER, seal, nonce).setAAD(place(number));
  return Buffer.concat([nonce, cipher.update(code, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/** Random nonces; cheaper for many at once. */
export function newNonces(count: number): readonly Buffer[] {
  const bytes = randomBytes(count * NONCE_BYTES);
  return Array.from({ length: count }, (_, n) => bytes.subarray(n * NONCE_BYTES, (n + 1) * NONCE_BYTES));
}

/** @throws {BrokenCodeError} */
export function openCode({ seal }: CampaignKeys, number: CodeNumber, sealed: Uint8Array): string {
  try {
    const end = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, seal, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(place(number)).setAuthTag(sealed.subarray(end));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new BrokenCodeError(
      `code ${number.nth} of campaign ${number.campaignId} does not open with this key, or was changed`,
      { cause },
    );
  }
}

/**
 * Detects the same code a second time in its campaign. Without the key it reveals nothing, not even of codes that can
 * be guessed.
 */
export const codeDigest = ({ digest }: CampaignKeys, code: string): Buffer =>
  createHmac('sha256', digest).update(code).digest().subarray(0, DIGEST_BYTES);
