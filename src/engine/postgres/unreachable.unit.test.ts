import { describeUnreachable } from './unreachable.js';

const URL = 'postgres://ann:secret@db.example:6543/madang';
const failed = (code: string, message = 'why'): Error => Object.assign(new Error(message), { code });

test.each([
  [
    'a refused connection',
    failed('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:6543'),
    'PostgreSQL at db.example:6543/madang cannot be used (connect ECONNREFUSED 10.0.0.1:6543)',
  ],
  [
    'several addresses, whose error has no message',
    Object.assign(new AggregateError([failed('ECONNREFUSED')], ''), { code: 'ECONNREFUSED' }),
    'PostgreSQL at db.example:6543/madang cannot be used (ECONNREFUSED)',
  ],
  ['an unknown name', failed('ENOTFOUND', 'getaddrinfo ENOTFOUND db.example'), 'getaddrinfo ENOTFOUND db.example'],
  ['a wrong password', failed('28P01', 'password authentication failed'), 'password authentication failed'],
  ['a database that is not there', failed('3D000', 'database "madang" does not exist'), 'does not exist'],
])('%s says which server and which setting, and no password', (_what, error, said) => {
  const { message } = describeUnreachable(error, URL) as Error;
  expect(message).toContain(said);
  expect(message).toContain('correct DATABASE_URL');
  expect(message).not.toContain('secret');
});

test('a socket is named by its folder', () => {
  expect(
    (
      describeUnreachable(
        failed('ECONNREFUSED'),
        'postgres://ann:secret@localhost/madang?host=/run/postgresql',
      ) as Error
    ).message,
  ).toContain('at /run/postgresql:5432/madang ');
});

test('any other error stays what it is', () => {
  const error = failed('42P01');
  expect(describeUnreachable(error, URL)).toBe(error);
});
