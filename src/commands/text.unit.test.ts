import fc from 'fast-check';
import {
  body,
  campaignIdText,
  emoji,
  handle,
  messageIdText,
  name,
  roomIdText,
  seq,
  title,
  userIdText,
} from './text.js';

const schemas = { title, name, body, handle, emoji, roomIdText, campaignIdText, userIdText, messageIdText };
const refused = (schema: typeof title, value: unknown): string => {
  const result = schema.safeParse(value);
  if (result.success) throw new Error(`${JSON.stringify(value)} was taken`);
  expect(result.error.issues).toHaveLength(1);
  return result.error.issues[0]!.message;
};
const HANGUL_FILLER = '\u3164';
const RTL_OVERRIDE = '\u202E';

describe('titles and names', () => {
  test.each([
    [title, 200],
    [name, 80],
  ])('are trimmed and hold up to their limit in code points', (schema, limit) => {
    expect(schema.parse('\t 마당 \n')).toBe('마당');
    expect(schema.parse('x'.repeat(limit))).toHaveLength(limit);
    expect(schema.parse('🎉'.repeat(limit))).toBe('🎉'.repeat(limit));
    expect(refused(schema, 'x'.repeat(limit + 1))).toBe(`Too long: write at most ${limit} characters.`);
    expect(refused(schema, '🎉'.repeat(limit + 1))).toContain('Too long');
    expect(refused(schema, 'x'.repeat(100_000))).toContain('Too long');
  });

  test.each(['', ' \n ', '\u200B', HANGUL_FILLER, '\u00A0\u2060'])('%j shows nothing and is refused', (value) => {
    expect(refused(title, value)).toContain('visible');
  });

  test.each(['a\nb', 'a\u0000b', 'a\u007Fb', 'a\u2028b', 'a\u0085b'])('%j is not one line of text', (value) => {
    expect(refused(title, value)).toContain('control characters');
  });

  test.each([
    [`a\uD83C${'x'.repeat(200)}`, 'surrogate'],
    ['\u200B'.repeat(201), 'visible'],
    [`a\nb${'x'.repeat(200)}`, 'Too long'],
    [`a\nb${RTL_OVERRIDE}c`, 'control characters'],
  ])('of several reasons, a client reads the first: %#', (value, reason) => {
    expect(refused(title, value)).toContain(reason);
  });

  test('direction overrides and isolates are refused, plain right-to-left text is not', () => {
    expect(refused(name, `evil${RTL_OVERRIDE}txt`)).toContain('direction');
    expect(refused(name, 'a\u2066b')).toContain('direction');
    expect(name.parse('שלום\u200F!')).toBe('שלום\u200F!');
  });
});

describe('bodies', () => {
  test.each(['hi', '  hi  ', 'a\n\tb\n', '\u200Dx', `${RTL_OVERRIDE}abc`, '👨‍👩‍👧', 'x'.repeat(4000), '🎉'.repeat(4000)])(
    'are kept as they are',
    (value) => {
      expect(body.parse(value)).toBe(value);
    },
  );

  test.each(['', ' ', '\n\t\n', '\u3000', '\u200B\uFEFF', HANGUL_FILLER])(
    '%j shows nothing and is refused',
    (value) => {
      expect(refused(body, value)).toContain('Write something');
    },
  );

  test.each(['a\u0000', 'a\r\nb', '\u001B[31mred', '\u009Bx'])('%j has a control character', (value) => {
    expect(refused(body, value)).toContain('control characters');
  });

  test('4001 code points are too many', () => {
    expect(refused(body, 'x'.repeat(4001))).toContain('at most 4000');
    expect(refused(body, '🎉'.repeat(4001))).toContain('at most 4000');
  });

  test.each([
    ['a\uD83C\u0000', 'surrogate'],
    ['\u200B'.repeat(4001), 'Write something'],
    [`a\u0000${'x'.repeat(4000)}`, 'at most 4000'],
  ])('of several reasons, a client reads the first: %#', (value, reason) => {
    expect(refused(body, value)).toContain(reason);
  });

  test.each(['a\uD83C', '\uDF89a', '\uDF89\uD83C'])('half a surrogate pair is refused', (value) => {
    expect(refused(body, value)).toContain('surrogate');
    expect(refused(title, value)).toContain('surrogate');
  });
});

describe('handles', () => {
  test.each([
    ['MinJi', 'minji'],
    ['마당', '마당'],
    ['\u1106\u1161\u1103\u1161\u11BC', '마당'],
    ['ÉMILE', 'émile'],
    ['E\u0301mile', 'émile'],
    ['a.b-c_9', 'a.b-c_9'],
    ['7up', '7up'],
    ['x'.repeat(30), 'x'.repeat(30)],
    // The longest possible spelling of 30 letters.
    ['α\u0313\u0300\u0345'.repeat(30), 'ᾂ'.repeat(30)],
    ['𐐀𐐀', '𐐨𐐨'],
  ])('%j is kept as %j', (value, kept) => {
    expect(handle.parse(value)).toBe(kept);
  });

  test.each([
    '',
    ' a',
    'a b',
    '_a',
    '.a',
    '-a',
    'a@b',
    'a"b',
    'a/b',
    'a\n',
    'a\u0000',
    '🎉',
    'x'.repeat(31),
    'x'.repeat(241),
    'İ',
    'a\u0301\u0301',
    HANGUL_FILLER,
    `a${HANGUL_FILLER}`,
    'a\u200D',
    'a\uFFA0',
    `a${RTL_OVERRIDE}`,
    '\uD83C',
  ])('%j is refused', (value) => {
    expect(refused(handle, value)).toContain('letter or digit first');
  });
});

describe('emojis', () => {
  const ONE = ['👍', '❤️', '👍🏽', '👨‍👩‍👧', '🇰🇷', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', ':+1:', ':party_parrot:', ':e-mail:'];
  test.each(ONE)('%s is one', (value) => {
    expect(emoji.parse(value)).toBe(value);
  });

  test.each([
    ['a selector that says nothing new', '👍\uFE0F', '👍'],
    ['more than one', '👍\uFE0F\uFE0F', '👍'],
    ['none in a ZWJ sequence', '🏳\u200D🌈', '🏳\uFE0F\u200D🌈'],
    ['none behind the heart', '❤\u200D🔥', '❤\uFE0F\u200D🔥'],
    ['one of two', '🕵\uFE0F\u200D♂', '🕵\uFE0F\u200D♂\uFE0F'],
    ['the other of two', '🕵\u200D♂\uFE0F', '🕵\uFE0F\u200D♂\uFE0F'],
    ['neither of two', '👁\u200D🗨', '👁\uFE0F\u200D🗨\uFE0F'],
    ['one too many in the middle', '👩\uFE0F\u200D❤\u200D👨', '👩\u200D❤\uFE0F\u200D👨'],
    ['none behind a skin tone in a ZWJ sequence', '🕵🏻\u200D♂', '🕵🏻\u200D♂\uFE0F'],
    ['one before a skin tone', '☝\uFE0F🏽', '☝🏽'],
    ['one behind a skin tone', '👍🏽\uFE0F', '👍🏽'],
    ['a keycap without', '1\u20E3', '1\uFE0F\u20E3'],
    ['a keycap with', '#\uFE0F\u20E3', '#\uFE0F\u20E3'],
    ['a flag', '🇰🇷', '🇰🇷'],
    ['a flag of tags, with one', '🏴\uFE0F\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
    ['the pirate’s flag', '🏴\u200D☠', '🏴\u200D☠\uFE0F'],
    ['the copyright sign', '©', '©\uFE0F'],
    ['a keycap with one behind it', '1\uFE0F\u20E3\uFE0F', '1\uFE0F\u20E3'],
    ['a flag of tags with one behind it', '🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}\uFE0F', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
    ['a flag with two', '🇰\uFE0F🇷\uFE0F', '🇰🇷'],
    ['one behind a joiner', '⛹🏻\u200D\uFE0F♀', '⛹🏻\u200D♀\uFE0F'],
    ['one in front', '\uFE0F👍', '👍'],
    ['one that Unicode has not named yet', '\u{1FAFF}\uFE0F', '\u{1FAFF}'],
  ])('%s: the spelling is the qualified one', (_name, value, kept) => {
    expect(emoji.parse(value)).toBe(kept);
    expect(emoji.parse(kept)).toBe(kept);
  });

  test.each([
    '❤\uFE0E',
    '👍\uFE0E',
    '🏳\uFE0E\u200D🌈',
    '1\uFE0F',
    '1\uFE0E\u20E3',
    '\uFE0F',
    '\uFE0F\uFE0F',
    '👍\u200D',
    '👍\uFE0F👍\uFE0F',
    '🏽\u200D',
    '🇰\uFE0F',
    '1',
    '12\u20E3',
    'a\uFE0F',
    ':a\uFE0F:',
    '👍\u200D👍',
    '👍\uFE0E\uFE0F',
    '❤🏽',
    '🏴\u{E0067}\u{E007F}',
  ])('%j is no emoji', (value) => {
    expect(refused(emoji, value)).toContain('one emoji');
  });

  test('a spelling has at most 64 UTF-16 units', () => {
    expect(emoji.parse(`👍${'\uFE0F'.repeat(62)}`)).toBe('👍');
    expect(refused(emoji, `👍${'\uFE0F'.repeat(63)}`)).toContain('one emoji');
  });

  test('a pictographic without its variation selector gets it: one reaction', () => {
    expect(emoji.parse('❤')).toBe('❤\uFE0F');
    expect(emoji.parse('☺')).toBe('☺\uFE0F');
  });

  test('a pictographic without a name in Unicode is taken as it is', () => {
    expect(emoji.parse('\u{1FAFF}')).toBe('\u{1FAFF}');
  });

  test.each([
    '',
    ' ',
    'a',
    '1',
    '👍👍',
    '👍 ',
    'x👍',
    ':',
    '::',
    ':A:',
    ':a b:',
    `:${'a'.repeat(33)}:`,
    '🇰',
    '👍\u0000',
    '\uD83D',
    '👍'.repeat(1000),
    '<b>',
  ])('%j is refused', (value) => {
    expect(refused(emoji, value)).toContain('one emoji');
  });
});

describe('ids', () => {
  const id = '6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01';

  test.each([
    ['room', roomIdText],
    ['campaign', campaignIdText],
  ])('a %s’s id is a UUID, kept in lower case', (_name, schema) => {
    expect(schema.parse(id.toUpperCase())).toBe(id);
    for (const value of ['', 'room', `${id}0`, `{${id}}`, id.replaceAll('-', '')])
      expect(schema.safeParse(value).success).toBe(false);
  });

  test('a message’s id is any text of up to 64 characters, kept in lower case', () => {
    expect(messageIdText.parse(`${id.toUpperCase()}.12`)).toBe(`${id}.12`);
    expect(messageIdText.parse('x'.repeat(64))).toBe('x'.repeat(64));
    expect(messageIdText.safeParse('x'.repeat(65)).success).toBe(false);
  });

  test('a message’s number is a whole one, from 0 on', () => {
    for (const value of [0, 1, Number.MAX_SAFE_INTEGER]) expect(seq.parse(value)).toBe(value);
    for (const value of [-1, 0.5, Number.NaN, Infinity, '1', null]) expect(seq.safeParse(value).success).toBe(false);
  });

  test('a user’s id has 1 to 128 printable characters', () => {
    for (const value of ['u', 'auth0|5f7c', 'a/b', id, 'x'.repeat(128)]) expect(userIdText.parse(value)).toBe(value);
    for (const value of ['', 'a b', 'a\n', 'a\u00A0', '\u200B', '\u0000', '\uD83C', 'x'.repeat(129)]) {
      expect(userIdText.safeParse(value).success).toBe(false);
    }
  });
});

test.each(Object.entries(schemas))('%s: parsing a parsed value changes nothing', (_name, schema) => {
  // Plausible texts, and arbitrary code units.
  const samples = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 4 }).map((units) => String.fromCharCode(...units)),
    fc.uuid(),
  );
  fc.assert(
    fc.property(samples, (value) => {
      const once = schema.safeParse(value);
      if (once.success) expect(schema.parse(once.data)).toBe(once.data);
    }),
    { numRuns: 2000 },
  );
});

test('every code point allowed in a handle comes out the same when parsed again', () => {
  for (let code = 0; code <= 0x10ffff; code++) {
    const letter = String.fromCodePoint(code);
    if (!/[\p{Letter}\p{Decimal_Number}]/u.test(letter)) continue;
    const once = handle.safeParse(letter);
    if (once.success && handle.safeParse(once.data).data !== once.data) throw new Error(`U+${code.toString(16)}`);
  }
});
