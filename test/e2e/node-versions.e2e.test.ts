import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { openDeployment } from '../support/deployment.js';
import { NODE_VERSIONS, nodeOf } from '../support/node-versions.js';
import { createRoom, sendMessage, signIn } from '../support/chat-client.js';
import { startMadang } from '../support/madang.js';

// The built program on each supported line of Node.js.

test.each(NODE_VERSIONS)(
  'Node.js %s starts it, serves a message, and stops it in order',
  async (version) => {
    const node = await nodeOf(version);
    const { stdout } = await promisify(execFile)(node, ['--version']);
    expect(stdout.trim()).toBe(`v${version}`);

    await using deployment = await openDeployment('embedded');
    await using madang = await startMadang({ node, env: deployment.env });
    const ready = await fetch(`${madang.url}/readyz`);
    expect({ status: ready.status, body: await ready.json() }).toMatchObject({ status: 200 });
    await using mina = await signIn(madang.url, 'mina');
    const { roomId } = await createRoom(mina, 'Sunny courtyard');
    await sendMessage(mina, { roomId, body: 'hello' });
    expect(await madang.stop()).toBe(0);
    expect(madang.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    // Such as a warning that a function of Node.js is experimental there.
    expect(madang.log.filter(({ level }) => level === '').map(({ text }) => text)).toEqual([]);
  },
  120_000,
);

test('package.json and .nvmrc ask for versions that this test starts', async () => {
  const { engines } = JSON.parse(await readFile('package.json', 'utf8')) as {
    readonly engines: { readonly node: string };
  };
  expect(engines.node).toBe(`>=${NODE_VERSIONS[0].replace(/\.0$/, '')}`);
  const pinned = (await readFile('.nvmrc', 'utf8')).trim();
  expect(NODE_VERSIONS.some((version) => version.startsWith(`${pinned}.`))).toBe(true);
});
