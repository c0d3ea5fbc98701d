import fc from 'fast-check';
import { JsonError, parseLocated } from './json-lines.js';

test('what JSON.parse reads is read the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(parseLocated(text).value).toEqual(JSON.parse(text));
    }),
  );
});

test('what JSON.parse refuses is refused', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(), fc.constantFrom('', ',', '{', '"', 'x', '\n', ':'), (value, place, put) => {
      const whole = JSON.stringify(value, null, 1);
      const at = place % (whole.length + 1);
      const text = whole.slice(0, at) + put + whole.slice(at + 1);
      let isValid = true;
      try {
        JSON.parse(text);
      } catch {
        isValid = false;
      }
      if (isValid) expect(parseLocated(text).value).toEqual(JSON.parse(text));
      else expect(() => parseLocated(text)).toThrow(JsonError);
    }),
  );
});

test('each value has its line, and a missing one that of its surroundings', () => {
  const { lineOf } = parseLocated('{\n  "a": [\n    1,\n    { "b": "\\n" }\n  ],\n  "c": {}\n}');
  expect([['a'], ['a', 0], ['a', 1, 'b'], ['c'], ['c', 'd'], ['e'], []].map(lineOf)).toEqual([2, 3, 4, 6, 6, 1, 1]);
});

test.each([
  ['{\n  "a": 1\n  "b": 2\n}', 3, 'there is "\\"b\\": 2\\n}" where "," or "}" should be'],
  ['{\n  "a": 1,\n', 3, 'the text ends where a name in double quotes should be'],
  ['users: 3', 1, 'there is "users: 3" where a value should be'],
  ['{\n  a: 1\n}', 2, 'where a name in double quotes should be'],
  ['{\n  "a" 1\n}', 2, 'where ":" should be'],
  ['{\n  "a": "\\x"\n}', 2, 'where a value of JSON should be'],
  ['{\n  "a\\x": 1\n}', 2, 'where a value of JSON should be'],
  ['[1]\n\n]', 3, 'where the end should be'],
])('%j has its mistake named with the line', (text, line, message) => {
  let failure: unknown;
  try {
    parseLocated(text);
  } catch (error) {
    failure = error;
  }
  expect(failure).toMatchObject({ name: 'JsonError', line, message: expect.stringContaining(message) });
});
