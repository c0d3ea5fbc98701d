import { loadedCodeProblem } from './loaded-code.js';

test.each([
  'ABCD',
  '8801-2345-6789',
  '스타벅스 아메리카노 T',
  'x'.repeat(128),
  '😀'.repeat(128),
  'a"b\'c,d;e\\f',
  'https://gift.example/c?id=1',
])('%j can be a code', (text) => {
  expect(loadedCodeProblem(text)).toBeNull();
});

test.each([
  ['', 'shorter than 4 characters'],
  ['ABC', 'shorter than 4 characters'],
  ['😀😀😀', 'shorter than 4 characters'],
  ['x'.repeat(129), 'longer than 128 characters'],
  ['😀'.repeat(129), 'longer than 128 characters'],
  ['x'.repeat(1_000_000), 'longer than 128 characters'],
  ['AB\tCD', 'holds a control character'],
  ['AB\0CD', 'holds a control character'],
  ['AB\rCD', 'holds a control character'],
  ['AB\u2028CD', 'holds a control character'],
  ['AB\u0085CD', 'holds a control character'],
  ['AB\uD800CD', 'holds a control character'],
  ['AB\u200BCD', 'holds an invisible character'],
  ['AB\uFEFFCD', 'holds an invisible character'],
  ['AB\u202ECD', 'holds an invisible character'],
  ['AB\u3164CD', 'holds an invisible character'],
  ['AB\uFFFDCD', 'holds U+FFFD'],
])('%j cannot be one', (text, problem) => {
  expect(loadedCodeProblem(text)).toContain(problem);
});
