import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { openPool } from '../../src/engine/postgres/pool.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import { until } from '../support/conditions.js';
import { runCli } from '../support/cli.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';
import type { WireUser } from '../support/wire.js';
import { commanded, signInOnWire } from '../support/wire.js';

// The built operator's commands for dead letters, against a process of one deployment.

const START_MS = 120_000;
let deployment: Deployment;
let madang: MadangProcess;
let pool: pg.Pool;
let mina: WireUser;

beforeAll(async () => {
  deployment = await openDeployment('embedded');
  madang = await deployment.start();
  pool = openPool({ url: deployment.env.DATABASE_URL!, max: 2, name: 'dead-cli-test' });
  mina = await signInOnWire(madang.url, 'mina');
  // A fault in the code, and its mending.
  await pool.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.body LIKE 'poison%' THEN RAISE EXCEPTION E'this body\\nis refused' USING ERRCODE = '22023'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION refuse()`);
}, START_MS);
afterAll(async () => {
  await pool?.end();
  await madang?.stop();
  await deployment?.[Symbol.asyncDispose]();
});
beforeEach(() => pool.query('ALTER TABLE messages ENABLE TRIGGER refuse'));
const mend = () => pool.query('ALTER TABLE messages DISABLE TRIGGER refuse');

const dead = (...args: string[]) => runCli(deployment.env, 'dead', ...args);

interface Listed {
  readonly id: number;
  readonly source: string;
  readonly key: string | null;
  readonly state: string;
}
const listed = async (...args: string[]): Promise<readonly Listed[]> =>
  JSON.parse((await dead('list', '--json', ...args)).stdout) as readonly Listed[];
const deadLetterOf = async (key: string): Promise<Listed> => (await listed()).find((letter) => letter.key === key)!;

/** A room with a message that is refused, and a message after it. */
async function roomSaying(body: string): Promise<string> {
  const roomId = (await commanded(mina, 'createRoom', { title: '마당' }, 'PROJECTED')).room!.id;
  await commanded(mina, 'sendMessage', { roomId, body }, 'DECIDED');
  // PROJECTED is answered, although the room is parked.
  expect((await commanded(mina, 'sendMessage', { roomId, body: 'after it' }, 'PROJECTED')).receipt.status).toBe(
    'SUCCEEDED',
  );
  return roomId;
}
const bodiesOf = async (roomId: string) =>
  (await pool.query<{ body: string }>('SELECT body FROM messages WHERE room_id = $1 ORDER BY seq', [roomId])).rows.map(
    ({ body }) => body,
  );

test('list, show, retry: it fails again with 1, and succeeds once the code is mended', async () => {
  expect(await dead('list')).toMatchObject({ code: 0, stdout: 'no letter waits\n' });
  const roomId = await roomSaying('poison one');
  expect(await bodiesOf(roomId)).toEqual([]);
  const { id } = await deadLetterOf(roomId);
  const list = await dead('list', '--source', 'projection:timeline');
  expect(list.stdout.split('\n')[1]).toMatch(
    new RegExp(
      `^ *${id} +\\d+s +waiting +projection:timeline +${partitionOf(roomId, 6)} +\\d+ +${roomId} ` +
        '+this body is refused$',
    ),
  );
  expect(await listed('--source', 'projection:rooms')).toEqual([]);

  const shown = await dead('show', `${id}`);
  expect(shown.stdout).toContain('waiting behind  1 events of the same key\n');
  expect(shown.stdout).toContain(`key             ${roomId}\n`);
  expect(shown.stdout).toContain('"body":"poison one"');
  expect(shown.stdout).toContain(`reason          this body\n${' '.repeat(16)}is refused\n`);
  expect(shown.stdout).toContain(`next            correct the cause, then dead retry ${id}; dead drop ${id} skips`);
  expect(JSON.parse((await dead('show', `${id}`, '--json')).stdout)).toMatchObject({
    id,
    parkedBehind: 1,
    stream: `room-${roomId}`,
    reason: 'this body\nis refused',
  });
  expect((await dead('parked')).stdout).toMatch(new RegExp(`timeline +\\d +${roomId} `));
  await until(
    async () =>
      /^madang_parked_keys\{projection="timeline",partition="\d"\} 1$/m.test(
        await (await fetch(`${madang.url}/metrics`)).text(),
      ),
    'the metric to say so',
  );
  expect(await (await fetch(`${madang.url}/metrics`)).text()).toContain(
    'madang_dead_letters_waiting{source="projection:timeline"} 1',
  );

  expect(await dead('retry', `${id}`)).toMatchObject({
    code: 1,
    stdout: `${id}: failed again: this body\nis refused\n`,
  });
  await mend();
  expect(await dead('retry', `${id}`)).toMatchObject({
    code: 0,
    stdout: `${id}: is applied, and the events that waited for it are applied\n`,
  });
  expect(await bodiesOf(roomId)).toEqual(['poison one', 'after it']);
  expect(await dead('retry', `${id}`)).toMatchObject({ code: 0, stdout: `${id}: is applied already\n` });
  expect(await listed()).toEqual([]);
  expect(await listed('--closed')).toMatchObject([{ id, state: 'applied' }]);
  expect((await dead('parked')).stdout).toBe('no key is parked\n');
});

test('drop gives one up and applies the events behind it; --all retries the others', async () => {
  const [first, second] = [await roomSaying('poison two'), await roomSaying('poison three')];
  const { id } = await deadLetterOf(first);
  expect(await dead('drop', `${id}`)).toMatchObject({
    code: 0,
    stdout: `${id}: is dropped, and the events that waited for it are applied\n`,
  });
  expect(await bodiesOf(first)).toEqual(['after it']);
  expect(await dead('drop', `${id}`)).toMatchObject({ code: 1 });
  expect(await dead('retry', `${id}`)).toMatchObject({ code: 1 });
  const other = await deadLetterOf(second);
  const all = await dead('retry', '--all', '--json');
  expect([all.code, JSON.parse(all.stdout)]).toEqual([
    1,
    { id: other.id, done: false, outcome: 'failed again: this body\nis refused' },
  ]);
  await mend();
  expect(await dead('retry', '--all')).toMatchObject({ code: 0 });
  expect(await bodiesOf(second)).toEqual(['poison three', 'after it']);
});

/** Appends a record to the log that no gateway would append. */
async function append(key: string, payload: string): Promise<void> {
  await pool.query(
    `WITH head AS (
       INSERT INTO command_heads (queue, partition, next_offset) VALUES ('commands', $1, 1)
       ON CONFLICT (queue, partition) DO UPDATE SET next_offset = command_heads.next_offset + 1
         RETURNING next_offset - 1 AS at
     ) INSERT INTO commands (queue, partition, "offset", key, command_id, payload) SELECT 'commands', $1, at, $2, '', $3
       FROM head`,
    [partitionOf(key, 6), key, payload],
  );
}

test('a decided command keeps its outcome, and a non-command can only be dropped', async () => {
  const key = randomUUID();
  const command = {
    commandId: randomUUID(),
    type: 'PaintRoom',
    schema: 1,
    key,
    userId: 'mina',
    traceId: '0'.repeat(32),
    at: new Date().toISOString(),
    data: {},
  };
  await append(key, JSON.stringify(command));
  await append(key, 'no command {');
  await until(
    async () => (await listed()).filter((letter) => letter.key === key).length === 2,
    'both to be dead letters',
  );
  const [malformed, garbage] = (await listed()).filter((letter) => letter.key === key) as [Listed, Listed];
  expect((await dead('retry', `${malformed.id}`)).stdout).toContain(
    `command ${command.commandId} has its outcome, which is final: REJECTED MALFORMED_COMMAND`,
  );
  expect(await dead('retry', `${garbage.id}`)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('is no command (not JSON') as string,
  });
  expect((await dead('show', `${garbage.id}`)).stdout).toContain(
    `next            it is no command, and nobody waits for it: find out who wrote it, then dead drop ${garbage.id}\n`,
  );
  expect(await dead('drop', '--all', '--source', 'postgres:commands')).toMatchObject({
    code: 0,
    stdout: `${malformed.id}: is dropped\n${garbage.id}: is dropped\n`,
  });

  // As after a restored backup: the dead letter exists, and the outcome does not.
  const lost = { ...command, commandId: randomUUID(), type: 'CreateRoom', data: { roomId: key, title: '마당' } };
  const { rows } = await pool.query<{ id: number }>(
    'INSERT INTO dead_letters (source, partition, place, key, reason, payload) ' +
      `VALUES ('postgres:commands', $1, 7000, $2, 'lost', $3) RETURNING id`,
    [partitionOf(key, 6), key, JSON.stringify(lost)],
  );
  expect(await dead('retry', `${rows[0]!.id}`)).toMatchObject({
    code: 0,
    stdout: `${rows[0]!.id}: command ${lost.commandId} has its outcome: SUCCEEDED\n`,
  });
  expect(await listed()).toEqual([]);
});

test('an unknown or malformed number is an error that says what to do', async () => {
  expect(await dead('show', '999999')).toMatchObject({
    code: 2,
    stderr: 'madang: there is no letter 999999: see dead list\n',
  });
  expect(await dead('show', 'x')).toMatchObject({ code: 2 });
  expect(await dead('retry')).toMatchObject({ code: 2 });
  expect(await dead('retry', '1', '--all')).toMatchObject({ code: 2 });
  expect(await dead('drop')).toMatchObject({ code: 2 });
  expect(await dead('drop', '--all')).toMatchObject({ code: 2, stderr: 'madang: --all needs a --source\n' });
  expect(await dead('drop', '1', '--source', 'projection:rooms')).toMatchObject({ code: 2 });
});
