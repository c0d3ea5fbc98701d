import { GraphQLError, buildSchema, execute, parse } from 'graphql';
import { pino } from 'pino';
import { traceId } from '../../engine/domain/ids.js';
import { ERROR_CODES } from './error-codes.js';
import { formatError } from './format-error.js';

const lines: Record<string, unknown>[] = [];
const scope = {
  traceId: traceId('ab'.repeat(16)),
  logger: pino(
    { level: 'info' },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  ),
  isTransient: (error: unknown) => error instanceof Error && 'code' in error && error.code === '57P01',
};
const withCode = (code: string, more: object = {}): GraphQLError =>
  new GraphQLError('shown', { extensions: { code, ...more } });
const internal = {
  message: 'The server failed at this. Report the trace id.',
  extensions: { code: 'INTERNAL', traceId: scope.traceId },
};

beforeEach(() => void (lines.length = 0));

test.each(Object.keys(ERROR_CODES).filter((code) => code !== 'INTERNAL'))(
  '%s passes with its message, unlogged',
  (code) => {
    expect(formatError(withCode(code), scope)).toEqual({ message: 'shown', extensions: { code } });
    expect(lines).toEqual([]);
  },
);

test('beside the code are the fields of the table, and no others', () => {
  expect(formatError(withCode('ROOM_HOT', { retryAfterMs: 5, sql: 'SELECT 1', http: {} }), scope).extensions).toEqual({
    code: 'ROOM_HOT',
    retryAfterMs: 5,
  });
});

test.each(['BAD_REQUEST', 'OPERATION_RESOLUTION_FAILURE', 'PERSISTED_QUERY_NOT_SUPPORTED'])(
  '%s of the GraphQL server is BAD_USER_INPUT',
  (code) => {
    expect(formatError(withCode(code), scope).extensions).toEqual({ code: 'BAD_USER_INPUT' });
  },
);

test.each([
  ['an error', new Error('SELECT secret')],
  ['an error of a resolver', new GraphQLError('SELECT secret', { originalError: new Error('SELECT secret') })],
  ['an unknown code', withCode('P2002')],
  ['a name that every object has', withCode('constructor')],
  ['INTERNAL itself', withCode('INTERNAL', { traceId: 'made up' })],
  ['no error at all', 'SELECT secret'],
  ['null', null],
])('%s is INTERNAL, logged once, its message kept here', (_what, error) => {
  expect(formatError(error, scope)).toEqual(internal);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ level: 50, traceId: scope.traceId });
});

test('the stack is in the log only', () => {
  const formatted = formatError(new GraphQLError('x', { originalError: new Error('x') }), scope);
  expect(JSON.stringify(lines)).toContain('format-error.unit.test');
  expect(JSON.stringify(formatted)).not.toContain('format-error');
});

test('a transient failure is UNAVAILABLE, and no error in the log', () => {
  const lost = Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });
  expect(formatError(new GraphQLError(lost.message, { originalError: lost, path: ['room'] }), scope)).toEqual({
    message: 'A part that this needs is away for the moment: try again in 1000 ms.',
    path: ['room'],
    extensions: { code: 'UNAVAILABLE', retryAfterMs: 1_000 },
  });
  expect(lines[0]).toMatchObject({ level: 40 });
});

describe('errors that graphql-js throws', () => {
  const schema = buildSchema('type Query { page(first: Int! = 5): Int must: Int! }');
  const errorOf = (query: string, variableValues: Record<string, unknown> = {}, rootValue: unknown = {}) => {
    const result = execute({ schema, document: parse(query), variableValues, rootValue });
    if (result instanceof Promise) throw new Error('nothing here takes time');
    return formatError(result.errors![0], scope);
  };

  test('a variable that does not fit is the client’s', () => {
    expect(errorOf('query ($n: Int!) { page(first: $n) }', { n: 'x' })).toMatchObject({
      message: expect.stringContaining('$n'),
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  test('a missing variable is the client’s', () => {
    expect(errorOf('query ($n: Int!) { page(first: $n) }').extensions).toEqual({ code: 'BAD_USER_INPUT' });
  });

  test('null where an argument must not be is the client’s', () => {
    expect(errorOf('query ($n: Int) { page(first: $n) }', { n: null })).toMatchObject({
      path: ['page'],
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  test('a result that breaks the schema is the server’s', () => {
    expect(errorOf('{ must }').extensions?.code).toBe('INTERNAL');
    expect(errorOf('{ must }', {}, { must: 'not a number' }).extensions?.code).toBe('INTERNAL');
  });
});
