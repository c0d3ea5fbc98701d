import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDeployment } from '../support/deployment.js';
import { runBlocks, shellBlocks } from '../support/documented-commands.js';
import { openRoom } from '../support/hot-room.js';

test('every command of the checklist for a campaign works as it is written', async () => {
  await using deployment = await openDeployment('embedded');
  await using madang = await deployment.start();
  const { roomId } = await openRoom([madang.url], 2, 1);
  const blocks = await shellBlocks('docs/campaign-evening.md');
  expect(blocks.length).toBeGreaterThan(8);
  const [address, ...commands] = blocks;
  expect(address).toBe('export API=http://127.0.0.1:4000\n');

  const folder = await mkdtemp(join(tmpdir(), 'madang-evening-'));
  try {
    for (const name of ['bin', 'scripts', 'dist']) await symlink(join(process.cwd(), name), join(folder, name));
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const { output, code } = await runBlocks(commands, {
      cwd: folder,
      env: { ...inherited, ...deployment.env, API: madang.url, ROOM: roomId },
    });
    expect([output, code]).toEqual([expect.any(String), 0]);
    expect(output).toMatch(/SCHEDULED/);
    expect(output).toMatch(/madang_issuer_rate_requests \d/);
    expect(output).toMatch(/paused\n[^]*resumed\n/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 300_000);
