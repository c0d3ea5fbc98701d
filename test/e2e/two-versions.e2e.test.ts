import { randomUUID } from 'node:crypto';
import { until } from '../support/conditions.js';
import { openDeployment } from '../support/deployment.js';
import { startMadang } from '../support/madang.js';
import { openNewerBuild } from '../support/newer-build.js';
import { codeOf, commanded, signInOnWire, wireUser } from '../support/wire.js';

const SEND = `mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { message { seq } receipt { status } }
}`;
const HISTORY = 'query ($id: ID!) { room(id: $id) { messages(first: 20) { nodes { seq body } } } }';

test('two builds side by side: a newer event waits for the last older process', async () => {
  await using deployment = await openDeployment('embedded');
  await using build = await openNewerBuild();
  const startNewer = (env: Readonly<Record<string, string>> = {}) =>
    startMadang({ env: { ...deployment.env, ...env }, checkout: build.checkout });

  await using older = await deployment.start();
  const mina = await signInOnWire(older.url, 'mina');
  const roomId = (await commanded(mina, 'createRoom', { title: '마당' }, 'PROJECTED')).room!.id;
  const send = (url: string, body: string, commandId = randomUUID() as string) =>
    wireUser(url, mina.token, mina.userId).ask<{ sendMessage: { message: { seq: number } } }>(SEND, {
      input: { roomId, body, commandId },
    });
  expect((await send(older.url, '1')).data!.sendMessage.message.seq).toBe(1);

  // The newer decider takes over while an older process serves the API.
  await using olderApi = await deployment.start({ MADANG_ROLES: 'api' });
  await older.stop();
  await using newer = await startNewer();
  expect(newer.log.find(({ msg }) => msg.startsWith('processes of an older version run'))?.text).toContain(
    'event MessagePosted',
  );
  const waiting = randomUUID();
  for (const url of [olderApi.url, newer.url]) {
    const refused = await send(url, '2', waiting);
    expect([codeOf(refused), refused.errors[0]?.extensions.retryAfterMs]).toEqual(['UNAVAILABLE', expect.any(Number)]);
  }
  // Everything else works on both.
  expect(
    (await commanded(wireUser(olderApi.url, mina.token, mina.userId), 'createRoom', { title: '2' })).room,
  ).not.toBeNull();

  expect(await olderApi.stop()).toBe(0);
  await until(async () => codeOf(await send(newer.url, '2', waiting)) === 'no error', 'the newer event is written');
  expect((await send(newer.url, '2', waiting)).data!.sendMessage.message.seq).toBe(2);
  const { data } = await wireUser(newer.url, mina.token, mina.userId).ask<{
    room: { messages: { nodes: readonly unknown[] } };
  }>(HISTORY, { id: roomId });
  expect(data!.room.messages.nodes).toEqual([
    { seq: 1, body: '1' },
    { seq: 2, body: '2' },
  ]);
  await expect(deployment.start()).rejects.toThrow(/event MessagePosted of version 2.*start a newer version/);
}, 120_000);
