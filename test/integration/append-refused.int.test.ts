import { randomBytes } from 'node:crypto';
import type { TraceId } from '../../src/engine/domain/ids.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { openPostgresCommandLog } from '../../src/engine/postgres/command-log.js';
import { openWakeUp } from '../../src/engine/postgres/wake-up.js';
import { isLogError } from '../../src/engine/log/command-log.js';
import { ontoLog } from '../../src/schema/command/submit.js';
import { formatError } from '../../src/server/errors/format-error.js';
import { command } from '../../src/engine/testing/contracts/log-site.js';
import { quietLogger } from '../support/conditions.js';
import { createTestDatabase } from '../support/database.js';

// Commands that the database refuses for good, among good ones in the same statement.

const POISON = 'poison';
const SCOPE = { traceId: randomBytes(16).toString('hex') as TraceId, logger: quietLogger, isTransient };

async function appendAround(sqlState: string) {
  await using database = await createTestDatabase();
  await database.pool.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF new.payload LIKE '%${POISON}%' THEN RAISE EXCEPTION USING ERRCODE = '${sqlState}'; END IF; RETURN new;
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON commands FOR EACH ROW EXECUTE FUNCTION refuse()`);
  await using wakeUp = await openWakeUp({
    key: Buffer.alloc(32),
    url: database.url,
    name: 'refused-test',
    log: quietLogger,
  });
  await using log = openPostgresCommandLog({
    pool: database.pool,
    wakeUp,
    queue: 'commands',
    partitions: 1,
    log: quietLogger,
  });
  const sent = Array.from({ length: 11 }, (_, n) => command('a', n === 4 ? POISON : n));
  const ends = await Promise.allSettled(sent.map((each) => log.append(each)));
  const { rows } = await database.pool.query<{ id: string; at: number }>(
    'SELECT command_id AS id, "offset" AS at FROM commands ORDER BY "offset"',
  );
  return { sent, ends, rows };
}

test.each(['22P05', '23514', '54000'])(
  'SQLSTATE %s is refused for good, alone, and not as transient',
  async (sqlState) => {
    const { sent, ends, rows } = await appendAround(sqlState);
    expect(ends.map(({ status }) => status)).toEqual(sent.map((_, n) => (n === 4 ? 'rejected' : 'fulfilled')));
    const taken = sent.filter((_, n) => n !== 4);
    expect(rows).toEqual(taken.map(({ commandId }, at) => ({ id: commandId, at })));
    const places = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value.offset as number] : []));
    expect(places).toEqual(taken.map((_, at) => at));

    const { reason } = ends[4] as PromiseRejectedResult;
    expect(isLogError(reason, 'LOG_REFUSED')).toBe(true);
    const told = await ontoLog(Promise.reject(reason as Error)).catch((error: unknown) => formatError(error, SCOPE));
    expect(told).toMatchObject({ extensions: { code: 'INTERNAL' } });
  },
);

test('a missing right fails all commands, and not as transient', async () => {
  const { ends, rows } = await appendAround('42501');
  expect(ends.every((end) => end.status === 'rejected' && isLogError(end.reason, 'LOG_REFUSED'))).toBe(true);
  expect(rows).toEqual([]);
});

test.each(['40001', '53100', '57014', '25006'])(
  'SQLSTATE %s is transient: all commands may be sent again',
  async (sqlState) => {
    const { ends, rows } = await appendAround(sqlState);
    expect(ends.every((end) => end.status === 'rejected' && isLogError(end.reason, 'LOG_UNAVAILABLE'))).toBe(true);
    expect(rows).toEqual([]);
  },
);
