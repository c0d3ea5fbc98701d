import { CombinedGraphQLErrors, ServerError } from '@apollo/client';
import { CombinedError } from '@urql/core';
import { MadangError, madangError } from './madang-error.js';

const hot = { message: 'Wait.', extensions: { code: 'ROOM_HOT', retryAfterMs: 800 } };
const gone = { message: 'Gone.', extensions: { code: 'POSITION_GONE' } };
const lagged = { message: 'Slow.', extensions: { code: 'SUBSCRIPTION_LAGGED', position: 'p' } };
const refused = (status: number, body: string): ServerError =>
  new ServerError('refused', { response: new Response(body, { status }), bodyText: body });

test.each([
  ['errors of graphql-ws', [hot], 'ROOM_HOT', true],
  ['errors of Apollo', new CombinedGraphQLErrors({ errors: [gone] }), 'POSITION_GONE', false],
  ['errors of urql', new CombinedError({ graphQLErrors: [hot] }), 'ROOM_HOT', true],
  ['an HTTP error with a body', refused(401, '{"errors":[{"message":"x","extensions":{"code":"UNAUTHENTICATED"}}]}')],
  ['an HTTP error without one', refused(404, 'Not Found'), 'HTTP_404', false],
  ['an HTTP error of a proxy', refused(502, '<html>'), 'NETWORK', true],
  ['the close of a server that stops', { code: 1001, reason: '' }, 'NETWORK', true],
  ['the same in words of Apollo', new Error('Socket closed with event 1001 going away'), 'NETWORK', true],
  ['a connection that was ended for a new token', { code: 4499, reason: 'Terminated' }, 'NETWORK', true],
  ['a token that has ended', { code: 4403, reason: 'Token expired' }, 'UNAUTHENTICATED', false],
  ['the same of Apollo', new Error('Socket closed with event 4403 Token expired'), 'UNAUTHENTICATED', false],
  [
    'the same of urql',
    new CombinedError({ networkError: Object.assign(new Error(), { code: 4403 }) }),
    undefined,
    false,
  ],
  ['a message that is no protocol', { code: 4400, reason: 'Invalid' }, 'SOCKET_4400', false],
  ['a network that is away', new TypeError('fetch failed'), 'NETWORK', true],
  ['an error without a code', [{ message: 'x' }], 'INTERNAL', true],
  ['nothing at all', undefined, 'NETWORK', true],
] as const)('%s', (_what, error, code: string = 'UNAUTHENTICATED', isPassing = false) => {
  const failure = madangError(error);
  expect([failure.code, failure.isPassing]).toEqual([code, isPassing]);
});

test('what the server says beside the code is kept, and an error of ours stays itself', () => {
  expect(madangError([hot]).retryAfterMs).toBe(800);
  expect(madangError([lagged]).position).toBe('p');
  const own = new MadangError('NETWORK', 'x');
  expect(madangError(own)).toBe(own);
  expect(madangError([hot]).cause).toEqual([hot]);
});
