import { allMessages, connect, createRoom, joinRoom, signIn } from '../support/chat-client.js';
import { until } from '../support/conditions.js';
import { openDeployment } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';
import { RetryingUser } from '../support/retrying-user.js';

test('four processes on one Kafka serve one room, each killed and started again', async () => {
  await using deployment = await openDeployment('kafka');
  const running = new Map<string, MadangProcess>();
  const roles: Readonly<Record<string, string>> = {
    api1: 'api',
    api2: 'api',
    decider: 'decider',
    projector: 'projector',
  };
  const start = async (name: string): Promise<MadangProcess> => {
    const started = await deployment.start({ MADANG_ROLES: roles[name]! });
    running.set(name, started);
    return started;
  };
  try {
    await Promise.all(Object.keys(roles).map(start));
    const [api1, api2] = [running.get('api1')!, running.get('api2')!];
    await using mina = await signIn(api1.url, 'mina');
    await using jun = await signIn(api2.url, 'jun');
    const { roomId } = await createRoom(mina, '마당');
    const { position } = await joinRoom(jun, roomId);

    await using first = new RetryingUser(api1.url, mina.token, mina.userId, roomId, position!);
    await using second = new RetryingUser(api2.url, jun.token, jun.userId, roomId, position!);
    const users = [first, second] as const;
    const over = new AbortController();
    const listening = users.map((user) => user.listen(over.signal));
    let killing = true;
    const sending = users.map(async (user, index) => {
      for (let message = 0; (killing || message < 100) && user.alive(); message++)
        await user.send(`${index} ${message}`);
    });

    for (const name of ['decider', 'projector', 'api1', 'decider', 'api2', 'projector']) {
      const before = users.map(({ sent }) => sent.length);
      await running.get(name)!.kill();
      const again = await start(name);
      if (name === 'api1') await users[0].moveTo(again.url);
      if (name === 'api2') await users[1].moveTo(again.url);
      await until(
        () => users.every(({ sent }, index) => sent.length >= before[index]! + 10),
        `messages flow again after ${name} was killed`,
        60_000,
      );
    }
    killing = false;
    await Promise.all(sending);

    const total = users[0].sent.length + users[1].sent.length;
    await using reader = connect(running.get('api2')!.url, jun.token, jun.userId);
    await until(async () => (await allMessages(reader, roomId)).length >= total, 'the history is whole', 60_000);
    const history = await allMessages(reader, roomId);
    expect(history.map(({ seq }) => seq)).toEqual(Array.from({ length: total }, (_, index) => index + 1));
    for (const [index, { sent }] of users.entries())
      expect(history.map(({ body }) => body).filter((body) => body.startsWith(`${index} `))).toEqual(sent);

    await until(() => users.every((user) => user.heard() >= total), 'both subscriptions are at the end');
    over.abort();
    await Promise.all(listening);
    for (const user of users) expect(user.seqs()).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  } finally {
    await Promise.all([...running.values()].map((process) => process.stop()));
  }
}, 240_000);
