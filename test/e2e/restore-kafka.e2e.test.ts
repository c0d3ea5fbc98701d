import { randomUUID } from 'node:crypto';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../support/cli.js';
import { until } from '../support/conditions.js';
import { createDataDir, startMadang } from '../support/madang.js';
import { codeAt, historyOf, sendOnWire } from '../support/restored-room.js';
import type { WireUser } from '../support/wire.js';
import { commanded, signInOnWire, wireUser } from '../support/wire.js';

const OWN_SERVERS = { DATABASE_URL: '', REDIS_URL: '', KAFKA_BROKERS: '', MADANG_LOG: 'kafka' };

/** Sends a message with this commandId. @returns its number */
const send = async (user: WireUser, roomId: string, commandId: string): Promise<number> => {
  const { data } = await user.ask<{ sendMessage: { message: { seq: number } } }>(
    'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { seq } } }',
    { input: { roomId, body: 'hello', commandId } },
  );
  return data!.sendMessage.message.seq;
};

test('beside Kafka, a restore loses nothing with its topics, and works without them', async () => {
  await using data = await createDataDir();
  const folder = await mkdtemp(join(tmpdir(), 'madang-backups-'));
  const env = { ...OWN_SERVERS, MADANG_DATA_DIR: data.path };
  const start = () => startMadang({ env, startMs: 180_000 });
  const backup = join(folder, 'one');
  const restore = async (): Promise<void> => {
    expect(await runCli(env, 'restore', backup, '--yes')).toMatchObject({ code: 0, stderr: '' });
  };
  try {
    const first = await start();
    const mina = await signInOnWire(first.url, 'mina');
    const roomId = (await commanded(mina, 'createRoom', { title: 'x' }, 'PROJECTED')).room!.id;
    const before = await sendOnWire(mina, roomId, 'before');
    expect(await runCli(env, 'backup', backup)).toMatchObject({ code: 0, stderr: '' });
    const commandIds = Array.from({ length: 5 }, () => randomUUID() as string);
    for (const commandId of commandIds) await send(mina, roomId, commandId);
    const lost = await sendOnWire(mina, roomId, 'after');
    expect(await first.stop()).toBe(0);

    // The topics are ahead of the restored database: its decider takes up the commands again.
    await restore();
    const second = await start();
    const again = wireUser(second.url, mina.token, mina.userId);
    await until(async () => (await historyOf(again, roomId)).at(-1) === lost.seq, 'all is decided anew', 60_000);
    expect(await historyOf(again, roomId)).toEqual(Array.from({ length: lost.seq }, (_, index) => index + 1));
    for (const [index, commandId] of commandIds.entries())
      expect(await send(again, roomId, commandId)).toBe(before.seq + index + 1);
    expect(await codeAt(again, roomId, lost.position)).toBe('POSITION_GONE');
    expect(await codeAt(again, roomId, before.position)).toBe('no error');
    expect((await sendOnWire(again, roomId, 'new')).seq).toBe(lost.seq + 1);
    expect(await runCli(env, 'projections', 'verify', '--all')).toMatchObject({ code: 0 });
    expect(await second.stop()).toBe(0);

    // The topics are gone, and are behind the restored database.
    await restore();
    await rename(join(data.path, 'kafka'), join(folder, 'kafka'));
    const third = await start();
    const afterwards = wireUser(third.url, mina.token, mina.userId);
    expect(await historyOf(afterwards, roomId)).toEqual(Array.from({ length: before.seq }, (_, index) => index + 1));
    // What was lost can be sent again, under the same commandId.
    expect(await send(afterwards, roomId, commandIds[0]!)).toBe(before.seq + 1);
    expect((await sendOnWire(afterwards, roomId, 'new')).seq).toBe(before.seq + 2);
    expect(await third.stop()).toBe(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 600_000);
