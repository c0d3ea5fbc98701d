import { runCli } from '../support/cli.js';
import { until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';
import type { WireUser } from '../support/wire.js';
import { signInOnWire } from '../support/wire.js';

// Deleting an account as an operator does, against a process of one deployment.

let deployment: Deployment;
let madang: MadangProcess;
let [mina, jun]: readonly WireUser[] = [];

beforeAll(async () => {
  deployment = await openDeployment('embedded');
  madang = await deployment.start();
  [mina, jun] = await Promise.all(['mina', 'jun'].map((handle) => signInOnWire(madang.url, handle)));
}, 120_000);
afterAll(async () => {
  await madang?.stop();
  await deployment?.[Symbol.asyncDispose]();
});

const account = (...args: string[]) => runCli(deployment.env, 'account', ...args);
const codeOf = async (user: WireUser): Promise<string | undefined> =>
  (await user.ask('{ me { id } }', {})).errors?.[0]?.extensions.code;

test('nothing is deleted without a confirmation, or without a matching account', async () => {
  expect(await account('delete', 'mina')).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(new RegExp(`Delete mina \\(mina, ${mina!.userId}\\) for good\\?.* --yes`)),
  });
  expect(await account('delete', 'nobody', '--yes')).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('nobody is no known handle or id'),
  });
  expect(await account('delete')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("missing required argument 'user'"),
  });
  expect(await codeOf(mina!)).toBeUndefined();
});

test('an account is deleted by its handle or id, once, and its token is refused', async () => {
  const byHandle = await account('delete', 'mina', '--yes');
  expect(byHandle).toEqual({ code: 0, stderr: '', stdout: expect.stringContaining(`${mina!.userId} is deleted`) });
  await until(async () => (await codeOf(mina!)) === 'UNAUTHENTICATED', 'the token is refused');

  const byId = await account('delete', jun!.userId, '--yes', '--json');
  expect([byId.code, JSON.parse(byId.stdout)]).toEqual([0, { deleted: jun!.userId }]);
  await until(async () => (await codeOf(jun!)) === 'UNAUTHENTICATED', 'the token is refused');
  await until(
    async () => /deleted already/.test((await account('delete', jun!.userId, '--yes')).stderr),
    'it is known to be deleted',
  );
  expect(await account('delete', 'mina', '--yes')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no known handle'),
  });
});
