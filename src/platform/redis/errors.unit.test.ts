import { RedisAwayError, isTransientRedisError } from './errors.js';

const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });

test.each([
  new RedisAwayError('Redis is away'),
  new Error('Command timed out'),
  new Error('Connection is closed.'),
  reply('LOADING Redis is loading the dataset in memory'),
  reply("OOM command not allowed when used memory > 'maxmemory'."),
])('%s passes', (error) => expect(isTransientRedisError(error)).toBe(true));

test.each([reply('ERR user_script:3: attempt to index a nil value'), reply('WRONGTYPE Operation against a key'), new TypeError('x is undefined'), 'text'])(
  '%s does not pass',
  (error) => expect(isTransientRedisError(error)).toBe(false),
);
