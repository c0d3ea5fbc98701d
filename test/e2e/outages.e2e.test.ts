import { allMessages, createRoom, joinRoom, signIn, unlessAway } from '../support/chat-client.js';
import { until } from '../support/conditions.js';
import { engines } from '../support/deployment.js';
import { createDataDir, startMadang } from '../support/madang.js';
import { RetryingUser } from '../support/retrying-user.js';

/** The servers that `npm start` runs, by their command lines. */
const servers = { postgres: /postgres -D /, redis: /redis-server /, kafka: /kafka\.Kafka / } as const;

describe.each(engines)('the servers beside it are killed while messages flow, on %s', (engine) => {
  const victims = engine === 'kafka' ? (['redis', 'kafka', 'postgres'] as const) : (['redis', 'postgres'] as const);

  test(`kill -9 of ${victims.join(', ')}: nothing acknowledged is lost or doubled`, async () => {
    await using data = await createDataDir();
    await using madang = await startMadang({ env: { MADANG_DATA_DIR: data.path, MADANG_LOG: engine } });
    await using mina = await signIn(madang.url, 'mina');
    await using jun = await signIn(madang.url, 'jun');
    const { roomId } = await createRoom(mina, '마당');
    const { position } = await joinRoom(jun, roomId);
    await using first = new RetryingUser(madang.url, mina.token, mina.userId, roomId, position!);
    await using second = new RetryingUser(madang.url, jun.token, jun.userId, roomId, position!);
    const users = [first, second];
    const over = new AbortController();
    const listening = users.map((user) => user.listen(over.signal));
    let flowing = true;
    const sending = users.map(async (user, index) => {
      for (let message = 0; flowing && user.alive(); message++) await user.send(`${index} ${message}`);
    });

    for (const victim of victims) {
      await until(() => users.every(({ sent }) => sent.length >= 20), 'messages flow');
      await data.killServer(servers[victim]);
      const before = users.map(({ sent }) => sent.length);
      await until(
        () => users.every(({ sent }, index) => sent.length >= before[index]! + 20),
        `messages flow again after ${victim} was killed`,
        60_000,
      );
    }
    flowing = false;
    await Promise.all(sending);

    const total = users.reduce((sum, { sent }) => sum + sent.length, 0);
    // The last server may just be coming back: a transient error is retried, as applications do.
    await until(
      async () => (await unlessAway(allMessages(jun, roomId)))?.length === total,
      'the history is whole',
      30_000,
    );
    await until(() => users.every((user) => user.heard() >= total), 'both subscriptions are at the end', 30_000);
    over.abort();
    await Promise.all(listening);
    const history = await allMessages(jun, roomId);
    for (const [index, user] of users.entries()) {
      expect(user.seqs()).toEqual(Array.from({ length: total }, (_, seq) => seq + 1));
      expect(history.map(({ body }) => body).filter((body) => body.startsWith(`${index} `))).toEqual(user.sent);
    }
    await until(async () => (await fetch(`${madang.url}/readyz`)).status === 200, 'the system is ready');
    expect(await madang.stop()).toBe(0);
  }, 180_000);
});
