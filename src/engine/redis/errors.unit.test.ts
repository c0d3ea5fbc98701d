import { RedisAwayError, isFull, isTransientRedisError, reasonOf, refusalOf, refusesAll } from './errors.js';

const reply = (message: string, command = 'evalsha'): Error =>
  Object.assign(new Error(message), { name: 'ReplyError', command: { name: command } });
const broken = (code: string, message = code): Error => Object.assign(new Error(message), { code });

const REFUSED = [
  "READONLY You can't write against a read only replica.",
  "READONLY You can't write against a read only replica. script: 0e7f, on @user_script:1.",
  'ERR Error running script (call to f_0e7f): @user_script:1: @user_script: 1: ' +
    "-READONLY You can't write against a read only replica.",
  'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.',
  'NOREPLICAS Not enough good replicas to write.',
  'LOADING Redis is loading the dataset in memory',
  "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  'CLUSTERDOWN The cluster is down',
  'BUSY Redis is busy running a script.',
  'NOAUTH Authentication required.',
];

test.each([
  new RedisAwayError('Redis is away'),
  new Error('Command timed out'),
  new Error('Connection is closed.'),
  reply("OOM command not allowed when used memory > 'maxmemory'."),
  reply('TRYAGAIN Multiple keys request during rehashing of slot'),
  ...REFUSED.map((message) => reply(message)),
])('%s passes', (error) => expect(isTransientRedisError(error)).toBe(true));

test.each([
  reply('ERR user_script:3: attempt to index a nil value'),
  reply('WRONGTYPE Operation against a key'),
  new TypeError('x is undefined'),
  'text',
])('%s does not pass', (error) => expect([isTransientRedisError(error), refusalOf(error)]).toEqual([false, null]));

test.each(REFUSED)('%s means that the server takes nothing', (message) =>
  expect(refusesAll(reply(message))).toBe(true),
);

test.each([
  "OOM command not allowed when used memory > 'maxmemory'.",
  "NOPERM this user has no permissions to run the 'info' command",
  'TRYAGAIN x',
])('%s says nothing about other commands', (message) => expect(refusesAll(reply(message))).toBe(false));

test('a full server is recognised in versions before 7, too', () => {
  const old =
    'ERR Error running script (call to f_0e7f): @user_script:1: @user_script: 1: ' +
    "-OOM command not allowed when used memory > 'maxmemory'.";
  expect([isFull(reply(old)), isFull(reply('OOM x')), isFull(reply('ERR x')), isFull(new Error('OOM x'))]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test.each([
  [reply('WRONGPASS invalid username-password pair or user is disabled.', 'auth'), /user or password of REDIS_URL/],
  [reply('ERR invalid password', 'auth'), /user or password of REDIS_URL/],
  [reply('NOAUTH Authentication required.'), /wants a password/],
  [reply("NOPERM this user has no permissions to run the 'eval' command"), /may not do what is needed/],
  [reply('ERR DB index is out of range', 'select'), /no database with the number/],
  [reply('ERR SELECT is not allowed in cluster mode', 'select'), /no database with the number/],
  [broken('ECONNREFUSED'), /nobody listens/],
  [broken('ENOTFOUND'), /nobody knows that name/],
  [broken('DEPTH_ZERO_SELF_SIGNED_CERT'), /certificate is not trusted/],
  [broken('ERR_TLS_CERT_ALTNAME_INVALID'), /certificate is not trusted/],
  [broken('CERT_HAS_EXPIRED'), /certificate is not trusted/],
  [broken('ERR_SSL_WRONG_VERSION_NUMBER'), /does not speak TLS/],
  [
    Object.assign(new Error('Protocol error, got "H" as reply type byte'), { name: 'ParserError' }),
    /does not speak the protocol/,
  ],
  [new Error('something else'), /^something else$/],
])('%s: an operator reads the reason', (error, why) => expect(reasonOf(error)).toMatch(why));
