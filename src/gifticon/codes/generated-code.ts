import { createHmac } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** Crockford's base 32: without I, L, O and U, which are mistaken for other characters or form words. */
const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const SIGN_BITS = 5;
const BYTES = 10;

/**
 * The code with this number, as `XXXX-XXXX-XXXX-XXXX-C`: 80 bits that nobody can guess without the key, and a check
 * character.
 * @param key the campaign's own, of 256 bits
 */
export function generatedCode(key: KeyObject, nth: number): string {
  const signs = base32(createHmac('sha256', key).update(String(nth)).digest().subarray(0, BYTES));
  return [...signs.match(/.{4}/g)!, checkCharacter(signs)].join('-');
}

function base32(bytes: Uint8Array): string {
  let signs = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= SIGN_BITS) {
      bits -= SIGN_BITS;
      signs += SIGNS[(held >>> bits) & 31];
    }
  }
  return signs;
}

/**
 * A sum over the field of 32 elements in which every place has its own weight, a power of x: it changes with one wrong
 * character, and with two that changed places, neighbours or not, the check character included. The result is one of
 * the same 32 characters. For up to 30 characters.
 * @param signs of Crockford's base 32, in upper case
 */
export function checkCharacter(signs: string): string {
  let sum = 0;
  for (const sign of signs) sum = timesX(sum ^ SIGNS.indexOf(sign));
  return SIGNS[sum]!;
}

/**
 * Multiplies by x in the field of polynomials over two elements modulo x⁵ + x² + 1, where the powers of x are all 31
 * elements but 0.
 */
const timesX = (element: number): number => (element & 16 ? (element << 1) ^ 0b100101 : element << 1);
