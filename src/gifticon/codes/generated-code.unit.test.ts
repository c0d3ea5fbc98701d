import { createHmac, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { checkCharacter, generatedCode } from './generated-code.js';

const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const key = createSecretKey(Buffer.alloc(32, 1));

const code = fc.nat(10_000_000).map((nth) => generatedCode(key, nth));
const signsOf = (text: string): string => text.replaceAll('-', '');
const isRight = (signs: string): boolean => checkCharacter(signs.slice(0, -1)) === signs.at(-1);

test('a code is written in fours, with a check character', () => {
  fc.assert(fc.property(code, (text) => expect(text).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]$/)));
  fc.assert(fc.property(code, (text) => expect(isRight(signsOf(text))).toBe(true)));
});

test('a code is the first 80 bits of the number’s keyed hash, and never changes', () => {
  const bits = BigInt(`0x${createHmac('sha256', key).update('42').digest('hex').slice(0, 20)}`);
  const expected = Array.from({ length: 16 }, (_, index) => SIGNS[Number((bits >> BigInt(75 - 5 * index)) & 31n)]).join(
    '',
  );
  expect(signsOf(generatedCode(key, 42)).slice(0, 16)).toBe(expected);
  // Fixed here: users hold codes of earlier versions of this program.
  expect(generatedCode(key, 1)).toBe('A466-J2N8-FA80-ZVJZ-V');
});

test('numbers and keys give codes that have nothing in common', () => {
  const other = createSecretKey(Buffer.alloc(32, 2));
  const codes = new Set<string>();
  for (let nth = 1; nth <= 20_000; nth++) codes.add(generatedCode(key, nth)).add(generatedCode(other, nth));
  expect(codes.size).toBe(40_000);
});

/** Codes in which every character occurs at every place. */
const samples = (() => {
  const chosen: string[] = [];
  const missing = new Set(Array.from({ length: 17 * 32 }, (_, n) => n));
  for (let nth = 1; missing.size > 0; nth++) {
    const signs = signsOf(generatedCode(key, nth));
    if (Array.from(signs, (sign, place) => missing.delete(place * 32 + SIGNS.indexOf(sign))).includes(true))
      chosen.push(signs);
  }
  return chosen;
})();

test('one wrong character anywhere is noticed', () => {
  for (const signs of samples) {
    for (let place = 0; place < signs.length; place++) {
      for (const wrong of SIGNS)
        if (wrong !== signs[place]) expect(isRight(signs.slice(0, place) + wrong + signs.slice(place + 1))).toBe(false);
    }
  }
});

test('two characters that changed places are noticed, neighbours or not', () => {
  let swaps = 0;
  for (const signs of samples) {
    for (let left = 0; left < signs.length; left++) {
      for (let right = left + 1; right < signs.length; right++) {
        if (signs[left] === signs[right]) continue;
        const swapped = Array.from(signs);
        [swapped[left], swapped[right]] = [swapped[right]!, swapped[left]!];
        swaps++;
        expect(isRight(swapped.join(''))).toBe(false);
      }
    }
  }
  expect(swaps).toBeGreaterThan(1_000);
});

test('any two neighbouring characters differ from the same two swapped', () => {
  for (let place = 0; place < 15; place++) {
    for (const one of SIGNS) {
      for (const two of SIGNS) {
        if (one === two) continue;
        const [before, after] = ['7'.repeat(place), '7'.repeat(14 - place)];
        expect(checkCharacter(before + one + two + after)).not.toBe(checkCharacter(before + two + one + after));
      }
    }
  }
});
