import fc from 'fast-check';
import type { CodeLine } from './code-lines.js';
import { checkCodeLines, mask, readCodeLines } from './code-lines.js';

async function* chunksOf(bytes: Buffer, size = bytes.length || 1): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(content: string | Buffer, size?: number): Promise<readonly CodeLine[]> {
  const lines: CodeLine[] = [];
  for await (const some of readCodeLines(chunksOf(Buffer.from(content as string), size))) lines.push(...some);
  return lines;
}

test.each([
  ['one a line', 'AAAA\nBBBB\n'],
  ['no newline at the end', 'AAAA\nBBBB'],
  ['CRLF', 'AAAA\r\nBBBB\r\n'],
  ['a byte order mark', '\uFEFFAAAA\nBBBB\n'],
  ['white space around them', '  AAAA\t\n\tBBBB \u00A0\n'],
])('codes are read: %s', async (_, content) => {
  expect(await read(content)).toEqual([
    { line: 1, code: 'AAAA' },
    { line: 2, code: 'BBBB' },
  ]);
});

test('empty lines are left out and counted', async () => {
  expect(await read('\n  \nAAAA\n\r\n\nBB BB\n\n')).toEqual([
    { line: 3, code: 'AAAA' },
    { line: 6, code: 'BB BB' },
  ]);
  expect(await read('')).toEqual([]);
  expect(await read('\uFEFF\r\n')).toEqual([]);
});

test.each([
  ['not UTF-8', Buffer.from([0x41, 0x42, 0xff, 0x43, 0x44]), /not UTF-8/],
  ['half a character', Buffer.from('커피커피').subarray(0, 11), /not UTF-8/],
  ['UTF-16', Buffer.from('\uFEFFABCDEF', 'utf16le'), /not UTF-8/],
  ['a control character', Buffer.from('AB\tCDEF'), /control character/],
  ['a line break of old', Buffer.from('ABCD\rEFGH'), /control character/],
  ['too short', Buffer.from('ABC'), /shorter than 4/],
  ['too long', Buffer.from('x'.repeat(129)), /longer than 128 characters/],
  ['far too long', Buffer.from('x'.repeat(1_000_000)), /longer than 4096 bytes/],
])('a bad line is reported by its number, and the next one is read: %s', async (_, bytes, problem) => {
  const content = Buffer.concat([Buffer.from('FIRST\n'), bytes, Buffer.from('\nTHIRD\n')]);
  for (const size of [undefined, 1_000, 7]) {
    const bad: unknown = expect.objectContaining({ line: 2, problem: expect.stringMatching(problem) });
    expect(await read(content, size)).toEqual([{ line: 1, code: 'FIRST' }, bad, { line: 3, code: 'THIRD' }]);
  }
  const atEnd = await read(Buffer.concat([Buffer.from('FIRST\n'), bytes]));
  expect(atEnd.at(-1)).toMatchObject({ line: 2, problem: expect.stringMatching(problem) });
});

test('the ends of the chunks make no difference', async () => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom('', ' ', '\r', 'x'.repeat(5_000), '커피 쿠폰 1'),
  );
  const bytes = fc.oneof(
    fc.array(line).map((lines) => Buffer.from(lines.join('\n'))),
    fc.uint8Array({ maxLength: 60 }).map((some) => Buffer.from(some)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, fc.integer({ min: 1, max: 20 }), async (content, size) =>
      expect(await read(content, size)).toEqual(await read(content)),
    ),
  );
});

describe('a file as a whole', () => {
  const check = (content: string, show = 20) => checkCodeLines(chunksOf(Buffer.from(content), 5), show);

  test('has as many codes as lines that are not empty', async () => {
    expect(await check('AAAA\n\nBBBB\r\nCCCC')).toEqual({ codes: 3, bad: [], badInAll: 0 });
  });

  test('is bad with a duplicate code: both lines are named', async () => {
    expect(await check('AAAA-1111\nBBBB-2222\n\n AAAA-1111 \nAAAA-1111')).toEqual({
      codes: 2,
      bad: [
        { line: 4, problem: 'the same code as in line 1', masked: 'AA… (9 characters)' },
        { line: 5, problem: 'the same code as in line 1', masked: 'AA… (9 characters)' },
      ],
      badInAll: 2,
    });
    // Codes are case-sensitive.
    expect(await check('AAAA-1111\naaaa-1111\nAAAA 1111')).toMatchObject({ codes: 3, badInAll: 0 });
  });

  test('shows the first bad lines, and how many there are', async () => {
    const { bad, badInAll } = await check(
      Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? `CODE-${n}` : 'x')).join('\n'),
      3,
    );
    expect(bad.map(({ line }) => line)).toEqual([2, 4, 6]);
    expect(badInAll).toBe(25);
  });
});

test('a masked code shows at most a quarter of it, and no control characters', () => {
  expect(mask('8801-2345-6789-0123')).toBe('8801… (19 characters)');
  expect(mask('ABC')).toBe('… (3 characters)');
  expect(mask('\u001B[2JABCDEFGHIJKLMNO')).toBe('·[2J… (19 characters)');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), (code) => {
      const shown = mask(code).split('… (')[0]!;
      expect(Array.from(shown).length).toBeLessThanOrEqual(Math.min(4, Array.from(code).length / 4));
      expect(shown).not.toMatch(/[\p{Control}\p{Format}]/u);
    }),
  );
});
