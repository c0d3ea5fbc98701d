import { REJECTIONS } from '../src/commands/rejections.js';
import { ERROR_CODES } from '../src/server/errors/error-codes.js';
import { REFUSALS_KO } from '../web/shared/text/refusals.js';

test('each code of the API has a text in Korean', () => {
  const codes = [...Object.keys(ERROR_CODES), ...Object.keys(REJECTIONS)];
  expect(codes.filter((code) => !/[가-힣]/.test(REFUSALS_KO[code] ?? ''))).toEqual([]);
  // The client package's own code is the only one beside them.
  expect(Object.keys(REFUSALS_KO).filter((code) => !codes.includes(code))).toEqual(['NETWORK']);
});
