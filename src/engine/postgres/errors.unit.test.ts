import { LogError } from '../log/command-log.js';
import { faultOf, isNoFaultOfTheRecord, isTransient, markUnreachable } from './errors.js';

/** As the driver gives it. */
const fromServer = (code: string, fields: object = {}): Error =>
  Object.assign(new Error('x'), { code, severity: 'ERROR', ...fields });
/** As Prisma gives it. */
const throughPrisma = (code: string): Error =>
  Object.assign(new Error('x'), {
    code: 'P2010',
    meta: { driverAdapterError: Object.assign(new Error('x'), { cause: { originalCode: code, kind: 'postgres' } }) },
  });

const PASSING = [
  '08000',
  '08P01',
  '25006',
  '25P03',
  '26000',
  '28P01',
  '3D000',
  '40001',
  '40P01',
  '42P05',
  '53100',
  '53300',
  '55P03',
  '57014',
  '57P01',
  '57P05',
  '58030',
  '72000',
];
const MISFIT = ['0A000', '25P02', '3F000', '42501', '42703', '42P01', '42883', '53400', '55000', 'F0000'];
const RECORD = [
  '21000',
  '22P05',
  '22021',
  '22003',
  '22P02',
  '23505',
  '23514',
  '40002',
  '44000',
  '54000',
  'P0001',
  'XX000',
  '99999',
];

describe.each([
  ['from the driver', fromServer],
  ['through Prisma', throughPrisma],
  [
    'as the cause of an error of ours',
    (code: string) => new LogError('LOG_UNAVAILABLE', 'x', { cause: fromServer(code) }),
  ],
])('%s', (_, made) => {
  test.each(PASSING)('%s passes by itself', (code) => expect(faultOf(made(code))).toBe('passing'));
  test.each(MISFIT)('%s waits for the program and the database to fit', (code) =>
    expect(faultOf(made(code))).toBe('misfit'),
  );
  test.each(RECORD)('%s never goes away', (code) => expect(faultOf(made(code))).toBe('record'));
});

test.each([
  ['a session that the server ended', fromServer('XX000', { severity: 'FATAL' })],
  ['a database that lets nobody in', fromServer('55000', { severity: 'FATAL' })],
  [
    'a certificate that is not trusted',
    markUnreachable(Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })),
  ],
  ['a server without TLS', markUnreachable(new Error('The server does not support SSL connections'))],
  ['a name that nobody knows', Object.assign(new Error('x'), { code: 'ENOTFOUND' })],
  ['a process with too many open files', Object.assign(new Error('x'), { code: 'EMFILE' })],
  ['an answer that did not come', new Error('Query read timeout')],
  ['a plan that is older than a column', fromServer('0A000', { routine: 'RevalidateCachedQuery' })],
  [
    'several addresses, none of which answers',
    new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })]),
  ],
])('%s passes by itself', (_, error) => expect(faultOf(error)).toBe('passing'));

test.each([
  new TypeError('x is undefined'),
  'text',
  null,
  undefined,
  Object.assign(new Error('x'), { code: 'ENOENT' }),
])('%s is a fault of the work', (error) => expect(faultOf(error)).toBe('record'));

test("clients retry passing faults; workers wait for all but the record's", () => {
  const both = (code: string) => [isTransient(fromServer(code)), isNoFaultOfTheRecord(fromServer(code))];
  expect([both('57P01'), both('42703'), both('22P05')]).toEqual([
    [true, true],
    [false, true],
    [false, false],
  ]);
});
