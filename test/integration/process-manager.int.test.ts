import { commandDefinition } from '../../src/commands/registry.js';
import { randomUUID } from 'node:crypto';
import type { CommandEnvelope } from '../../src/engine/domain/envelope.js';
import { handleStream } from '../../src/commands/user/handle-state.js';
import { registerUserCommandId } from '../../src/commands/user/register-user-command-id.js';
import type { CommandId } from '../../src/engine/domain/ids.js';
import { commandId, position, streamId, traceId, userId } from '../../src/engine/domain/ids.js';
import { createMetrics } from '../../src/metrics.js';
import type { CommandLog } from '../../src/engine/log/command-log.js';
import { LogError } from '../../src/engine/log/command-log.js';
import type { ProcessCheckpoints } from '../../src/engine/process-manager/process-checkpoints.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import { openPostgresCommandLog } from '../../src/engine/postgres/command-log.js';
import { postgresDeadLetters } from '../../src/engine/postgres/dead-letters.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { postgresProcessCheckpoints } from '../../src/engine/postgres/process-checkpoints.js';
import { startDecider } from '../../src/engine/decider/decider.js';
import { startProcessManagers } from '../../src/engine/process-manager/process-manager.js';
import { registerClaimedUser } from '../../src/workers/register-claimed-user.js';
import { quietLogger, until } from '../support/conditions.js';
import { openEventLog } from '../support/event-log.js';

const PARTITIONS = 3;

const claim = (handle: string, user: string): CommandEnvelope => ({
  commandId: commandId(randomUUID()),
  type: 'ClaimHandle',
  schema: 1,
  key: handle,
  userId: userId(user),
  traceId: traceId('a'.repeat(32)),
  at: new Date().toISOString(),
  data: { handle, userId: user, name: handle },
});

/** A decider at work on a command log, whose appends are recorded. */
async function openSite() {
  const events = await openEventLog(PARTITIONS);
  const { pool } = events.database;
  const real = openPostgresCommandLog({
    pool,
    wakeUp: events.wakeUp,
    queue: 'commands',
    partitions: PARTITIONS,
    log: quietLogger,
  });
  const appended: CommandId[] = [];
  const log: CommandLog = {
    ...real,
    append(command) {
      appended.push(command.commandId);
      return real.append(command);
    },
  };
  const metrics = createMetrics();
  const deadLetters = postgresDeadLetters({ pool, logger: quietLogger, metrics });
  const decider = await startDecider({
    commands: commandDefinition,
    log: real,
    store: events.store,
    feed: events.feed,
    deadLetters,
    isTransient,
    logger: quietLogger,
    metrics,
  });
  const checkpoints = postgresProcessCheckpoints(pool);

  return {
    events,
    log,
    appended,
    checkpoints,
    repeated: async () =>
      (await metrics.commandsRepeated.get()).values.find(({ labels }) => labels.type === 'RegisterUser')?.value ?? 0,
    async start(stored: ProcessCheckpoints = checkpoints, to: CommandLog = log) {
      const options = {
        managers: [registerClaimedUser],
        log: to,
        feed: events.feed,
        events: events.store,
        checkpoints: stored,
        pollIntervalMs: 50,
        logger: quietLogger,
      };
      const managers = await startProcessManagers(options);
      return { ...managers, [Symbol.asyncDispose]: () => managers.stop() };
    },
    async decided(command: CommandId) {
      await until(async () => (await events.store.receipts([command])).size === 1, `${command} is decided`);
      return (await events.store.receipts([command])).get(command)!;
    },
    registrations: (user: string) => events.store.readStream(streamId(`user-${user}`), 0, 100),
    async [Symbol.asyncDispose]() {
      await decider.stop();
      await real.stop();
      await events[Symbol.asyncDispose]();
    },
  };
}

test('a claimed handle leads to one registered user, with the trace of the claim', async () => {
  await using site = await openSite();
  await using _ = await site.start();
  const command = claim('minji', 'u1');
  await site.log.append(command);
  const registered = registerUserCommandId(command);
  expect(await site.decided(registered)).toMatchObject({
    rejection: null,
    events: 1,
    userId: 'u1',
    traceId: command.traceId,
  });
  const [only, ...more] = await site.registrations('u1');
  const [claimed] = await site.events.store.readStream(handleStream('minji').id, 0, 1);
  expect(only!.at.getTime()).toBeGreaterThanOrEqual(claimed!.at.getTime());
  expect(only).toMatchObject({
    event: { type: 'UserRegistered', data: { userId: 'u1', handle: 'minji', name: 'minji' } },
  });
  expect(more).toEqual([]);
  await until(
    async () => (await site.checkpoints.read('register-claimed-user', partitionOf('minji', PARTITIONS))) > 0,
    'the checkpoint has moved',
  );
  expect(site.appended).toEqual([command.commandId, registered]);
});

test('a refused handle registers nobody', async () => {
  await using site = await openSite();
  await using _ = await site.start();
  const [first, second] = [claim('minji', 'u1'), claim('minji', 'u2')];
  await site.log.append(first);
  await site.log.append(second);
  await site.decided(registerUserCommandId(first));
  expect((await site.decided(second.commandId)).rejection?.code).toBe('HANDLE_TAKEN');
  expect(await site.registrations('u2')).toEqual([]);
});

test('a crash between command and checkpoint resends it, which changes nothing', async () => {
  await using site = await openSite();
  let crashes = 0;
  await using _ = await site.start({
    ...site.checkpoints,
    write(name, partition, to) {
      if (crashes++ === 0) return Promise.reject(new Error('the process is gone'));
      return site.checkpoints.write(name, partition, to);
    },
  });
  const command = claim('minji', 'u1');
  await site.log.append(command);
  const registered = registerUserCommandId(command);
  const receipt = await site.decided(registered);
  await until(async () => (await site.repeated()) === 1, 'the second command is decided');
  expect(site.appended.filter((id) => id === registered)).toHaveLength(2);
  expect(await site.registrations('u1')).toHaveLength(1);
  expect(await site.decided(registered)).toEqual(receipt);
});

test('an event that this program cannot read stops the manager, and is never passed', async () => {
  await using site = await openSite();
  const partition = partitionOf('minji', PARTITIONS);
  const neighbour = ['ann', 'ben', 'eve', 'fay', 'gil', 'hana', 'ida'].find(
    (handle) => partitionOf(handle, PARTITIONS) === partition,
  )!;
  const [before, after, later] = [claim('minji', 'u1'), claim(neighbour, 'u3'), claim('minji', 'u4')];
  await site.log.append(before);
  await site.decided(before.commandId);
  const { pool } = site.events.database;
  const painted = await pool.query<{ position: number }>(
    `INSERT INTO events SELECT partition, position + 1, key, 'handle-painted', 1, 'HandlePainted', 1, '{}',
      gen_random_uuid(), trace_id, at
     FROM events WHERE type = 'HandleClaimed' RETURNING position`,
  );
  await pool.query('UPDATE event_heads SET head = head + 1 WHERE partition = $1', [partition]);
  // In one batch with the unreadable event: one to answer before it, and one after it.
  await site.log.append(after);
  await site.decided(after.commandId);
  await using managers = await site.start();
  await site.decided(registerUserCommandId(before));
  await site.log.append(later);
  await site.decided(later.commandId);
  await until(
    async () => (await site.checkpoints.read('register-claimed-user', partition)) === painted.rows[0]!.position - 1,
    'it stands before the event',
  );
  await until(
    () => managers.lag().some((each) => each.partition === partition && each.events > 0),
    'it says that it is behind',
  );
  expect(site.appended).not.toContain(registerUserCommandId(after));
  await pool.query(
    `UPDATE events SET type = 'HandleClaimed', data = ` +
      `'{"handle":"painted","userId":"u2","name":"Painted"}' WHERE type = 'HandlePainted'`,
  );
  await until(async () => (await site.registrations('u2')).length === 1, 'a program that can read it answers it');
  expect((await site.decided(registerUserCommandId(after))).rejection).toBeNull();
});

test('a command that the log refuses is sent again, before the checkpoint moves', async () => {
  await using site = await openSite();
  const order: string[] = [];
  const away: CommandLog = {
    ...site.log,
    async append(command) {
      order.push('send');
      if (order.length < 3) throw new LogError('LOG_UNAVAILABLE', 'the log is away');
      const taken = await site.log.append(command);
      order.push('taken');
      return taken;
    },
  };
  const noted: ProcessCheckpoints = {
    ...site.checkpoints,
    write(name, partition, to) {
      order.push('checkpoint');
      return site.checkpoints.write(name, partition, to);
    },
  };
  await using _ = await site.start(noted, away);
  const command = claim('minji', 'u1');
  await site.log.append(command);
  expect((await site.decided(registerUserCommandId(command))).rejection).toBeNull();
  await until(() => order.includes('checkpoint'), 'the checkpoint moves');
  expect(order.slice(0, 5)).toEqual(['send', 'send', 'send', 'taken', 'checkpoint']);
});

test('a checkpoint does not go back by a late write of one that lost its partition', async () => {
  await using site = await openSite();
  const { checkpoints } = site;
  await checkpoints.write('m', 0, position(5));
  await checkpoints.write('m', 0, position(3));
  await checkpoints.write('m', 1, position(2));
  expect([await checkpoints.read('m', 0), await checkpoints.read('m', 1), await checkpoints.read('n', 0)]).toEqual([
    5, 2, 0,
  ]);
});

test('a second run from the first event resends every command, and changes nothing', async () => {
  await using site = await openSite();
  const claims = ['ann', 'ben', 'eve', 'minji', 'seoyeon'].map((handle) => claim(handle, `user-${handle}`));
  {
    await using _ = await site.start();
    for (const each of claims) await site.log.append(each);
    for (const each of claims) await site.decided(registerUserCommandId(each));
  }
  const heads = await site.events.store.heads();
  await site.events.database.pool.query('TRUNCATE process_manager_checkpoints');
  await using _ = await site.start();
  await until(async () => (await site.repeated()) >= claims.length, 'every command is decided a second time');
  expect(await site.events.store.heads()).toEqual(heads);
  for (const { userId: user } of claims) expect(await site.registrations(user)).toHaveLength(1);
});

test('a run that continues from its checkpoint sends nothing again', async () => {
  await using site = await openSite();
  const [first, second] = [claim('minji', 'u1'), claim('seoyeon', 'u2')];
  const partition = partitionOf('minji', PARTITIONS);
  {
    await using _ = await site.start();
    await site.log.append(first);
    await site.decided(registerUserCommandId(first));
    await until(
      async () => (await site.checkpoints.read('register-claimed-user', partition)) > position(0),
      'the checkpoint has moved',
    );
  }
  await using _ = await site.start();
  await site.log.append(second);
  await site.decided(registerUserCommandId(second));
  expect(site.appended.filter((id) => id === registerUserCommandId(first))).toHaveLength(1);
});
