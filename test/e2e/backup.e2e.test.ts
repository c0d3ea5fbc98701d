import { appendFile, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../support/cli.js';
import { createDataDir, startMadang } from '../support/madang.js';
import { codeAt, historyOf, sendOnWire } from '../support/restored-room.js';
import { commanded, signInOnWire, wireUser } from '../support/wire.js';

const OWN_SERVERS = { DATABASE_URL: '', REDIS_URL: '', KAFKA_BROKERS: '', MADANG_LOG: 'embedded' };

test('the embedded servers are backed up while messages flow, and restored', async () => {
  await using data = await createDataDir();
  const folder = await mkdtemp(join(tmpdir(), 'madang-backups-'));
  const env = { ...OWN_SERVERS, MADANG_DATA_DIR: data.path };
  const start = () => startMadang({ env });
  try {
    await using first = await start();
    const mina = await signInOnWire(first.url, 'mina');
    const roomId = (await commanded(mina, 'createRoom', { title: '마당' }, 'PROJECTED')).room!.id;
    const before = await sendOnWire(mina, roomId, 'before');
    let going = true;
    const sending = (async () => {
      let last = before;
      while (going) last = await sendOnWire(mina, roomId, 'meanwhile');
      return last;
    })();
    const backup = join(folder, 'one');
    const backedUp = await runCli(env, 'backup', backup, '--json');
    going = false;
    const lost = await sendOnWire(mina, roomId, 'after');
    await sending;
    expect(backedUp).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(backedUp.stdout)).toMatchObject({ folder: backup, version: expect.any(String) as unknown });

    expect(await runCli(env, 'backup', backup)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not empty') as unknown,
    });
    expect(await runCli(env, 'restore', backup, '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('in use') as unknown,
    });
    expect(await first.stop()).toBe(0);
    expect(await runCli(env, 'restore', join(folder, 'none'), '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no complete backup') as unknown,
    });

    const restored = await runCli(env, 'restore', backup, '--yes', '--json');
    expect(restored).toMatchObject({ code: 0, stderr: '' });
    const { aside } = JSON.parse(restored.stdout) as { readonly aside: string };
    expect(await readdir(aside)).toContain('PG_VERSION');

    await using second = await start();
    const again = wireUser(second.url, mina.token, mina.userId);
    const seqs = await historyOf(again, roomId);
    const last = seqs.at(-1)!;
    expect(last).toBeGreaterThanOrEqual(before.seq);
    expect(last).toBeLessThan(lost.seq);
    expect(seqs).toEqual(seqs.map((_, index) => seqs[0]! + index));
    // A position of the lost part never stands for another event.
    expect(await codeAt(again, roomId, lost.position)).toBe('POSITION_GONE');
    expect(await codeAt(again, roomId, before.position)).toBe('no error');
    expect((await sendOnWire(again, roomId, 'again')).seq).toBe(last + 1);
    expect(await runCli(env, 'projections', 'verify', '--all')).toMatchObject({ code: 0 });
    expect(await second.stop()).toBe(0);

    await appendFile(join(backup, 'postgres/global/pg_control'), 'x');
    expect(await runCli(env, 'restore', backup, '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('changed or damaged') as unknown,
    });
    expect(await readFile(join(data.path, 'postgres/data/PG_VERSION'), 'utf8')).toMatch(/^\d+/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);
