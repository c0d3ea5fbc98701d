import fc from 'fast-check';
import { campaignId } from '../../events/ids.js';
import type { CodeNumber } from './gifticon-codes.js';
import { campaignKeys, checkValue } from './code-keys.js';
import { generatedCode } from './generated-code.js';
import { BrokenCodeError, codeDigest, newNonces, openCode, sealCode } from './sealed-code.js';

const [spring, autumn] = [
  campaignId('6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01'),
  campaignId('6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c02'),
];
const keysOf = campaignKeys(Buffer.alloc(32, 1));
const otherKeysOf = campaignKeys(Buffer.alloc(32, 2));
const keys = keysOf(spring);

const seal = (number: CodeNumber, text: string): Buffer => sealCode(keys, number, text, newNonces(1)[0]!);
const code = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 128 });

test('a code comes back as it was', () => {
  fc.assert(
    fc.property(code, fc.integer({ min: 1, max: 20_000_000 }), (text, nth) => {
      const number = { campaignId: spring, nth };
      expect(openCode(keys, number, seal(number, text))).toBe(text);
    }),
  );
});

test('the same code encrypts differently each time, and the result shows nothing of it', () => {
  const number = { campaignId: spring, nth: 1 };
  const sealed = newNonces(100).map((nonce) => sealCode(keys, number, 'SECRET-CODE', nonce));
  expect(new Set(sealed.map((bytes) => bytes.toString('hex'))).size).toBe(100);
  for (const bytes of sealed) expect(bytes.includes('SECRET')).toBe(false);
});

test('decrypts only with its own key, in its own place, and unchanged', () => {
  const number = { campaignId: spring, nth: 7 };
  const sealed = seal(number, 'SECRET-CODE');
  expect(() => openCode(otherKeysOf(spring), number, sealed)).toThrow(BrokenCodeError);
  expect(() => openCode(keysOf(autumn), number, sealed)).toThrow(BrokenCodeError);
  expect(() => openCode(keys, { campaignId: autumn, nth: 7 }, sealed)).toThrow(BrokenCodeError);
  expect(() => openCode(keys, { campaignId: spring, nth: 8 }, sealed)).toThrow(BrokenCodeError);
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    expect(() => openCode(keys, number, changed)).toThrow(BrokenCodeError);
    expect(() => openCode(keys, number, sealed.subarray(0, at))).toThrow(BrokenCodeError);
  }
});

test('a digest is the same for the same code, and differs by campaign and key', () => {
  const digest = (of: typeof keys, text = 'SECRET-CODE'): string => codeDigest(of, text).toString('hex');
  expect(digest(keys)).toBe(digest(keysOf(spring)));
  expect(digest(keys)).toHaveLength(32);
  expect(
    new Set([digest(keys), digest(keysOf(autumn)), digest(otherKeysOf(spring)), digest(keys, 'SECRET-CODF')]).size,
  ).toBe(4);
});

test('a campaign’s keys differ from one another, other campaigns’ and the check value', () => {
  const all = [keysOf(spring), keysOf(autumn), otherKeysOf(spring)].flatMap(
    (each) => Object.values(each) as (typeof keys.seal)[],
  );
  const values = [
    ...all.map((each) => each.export().toString('hex')),
    checkValue(Buffer.alloc(32, 1)),
    checkValue(Buffer.alloc(32, 2)),
  ];
  expect(new Set(values).size).toBe(11);
  expect(checkValue(Buffer.alloc(32, 1))).toBe(checkValue(Buffer.alloc(32, 1)));
});

test('codes of an earlier version of this program still come out the same', () => {
  expect(generatedCode(keys.generate, 1)).toBe('Y44C-HFWM-W021-HK64-Q');
  expect(codeDigest(keys, 'SECRET-CODE').toString('hex')).toBe('1ac98ad660e30d11ce6505b364fde229');
  expect(checkValue(Buffer.alloc(32, 1))).toBe('4d50b739087b80daec8f25639e1e1b23f944367fef9657c31499b317c3f175f6');
  expect(
    openCode(
      keys,
      { campaignId: spring, nth: 1 },
      Buffer.from('207b02e2ed5fd4cb86447aac6d9605a22435ef25948b8412b41b98e4b555d64aa7968bd454aed9', 'hex'),
    ),
  ).toBe('SECRET-CODE');
});
