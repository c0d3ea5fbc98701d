import { randomUUID } from 'node:crypto';
import type { ChatClient, RoomEvent } from '../support/chat-client.js';
import { allMessages, connect, createRoom, joinRoom, sendMessage, signIn } from '../support/chat-client.js';
import { until } from '../support/conditions.js';
import { openDeployment } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';

/** A client as applications are: it sends again what was not answered, and resumes where its subscription broke off. */
class PatientUser {
  readonly received: RoomEvent[] = [];
  readonly sent: string[] = [];
  private client: ChatClient;

  constructor(
    private url: string,
    private readonly token: string,
    private readonly userId: string,
    private readonly roomId: string,
    private position: string,
  ) {
    this.client = connect(url, token, userId);
  }

  /** To another server, or to the same one at its new address. */
  async moveTo(url: string): Promise<void> {
    this.url = url;
    await this.client[Symbol.asyncDispose]();
    this.client = connect(url, this.token, this.userId);
  }

  async send(body: string): Promise<void> {
    const commandId = randomUUID();
    const deadline = Date.now() + 60_000;
    for (;;) {
      try {
        const { receipt } = await sendMessage(this.client, { roomId: this.roomId, body, commandId });
        if (receipt.status === 'SUCCEEDED') return void this.sent.push(body);
        expect(receipt.rejection).toBeNull();
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** Hears the room until `signal`, over as many subscriptions as it takes. */
  async listen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const stream = this.client.events(this.roomId, this.position);
      const url = this.url;
      await until(() => signal.aborted || stream.errors.length > 0 || this.url !== url, 'a reason to subscribe anew', 120_000);
      stream.stop();
      this.received.push(...stream.received);
      this.position = this.received.at(-1)?.position ?? this.position;
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  readonly dispose = async (): Promise<void> => this.client[Symbol.asyncDispose]();
}

test('four processes on one Kafka serve one room; each is killed and started again while messages flow', async () => {
  await using deployment = await openDeployment('kafka');
  const running = new Map<string, MadangProcess>();
  const roles: Readonly<Record<string, string>> = { api1: 'api', api2: 'api', decider: 'decider', projector: 'projector' };
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

    const users = [
      new PatientUser(api1.url, mina.token, mina.userId, roomId, position!),
      new PatientUser(api2.url, jun.token, jun.userId, roomId, position!),
    ] as const;
    const over = new AbortController();
    const listening = users.map((user) => user.listen(over.signal));
    let killing = true;
    const sending = users.map(async (user, index) => {
      for (let message = 0; killing || message < 100; message++) await user.send(`${index} ${message}`);
    });

    for (const name of ['decider', 'projector', 'api1', 'decider', 'api2', 'projector']) {
      const before = users.map(({ sent }) => sent.length);
      await running.get(name)!.kill();
      const again = await start(name);
      if (name === 'api1') await users[0].moveTo(again.url);
      if (name === 'api2') await users[1].moveTo(again.url);
      await until(() => users.every(({ sent }, index) => sent.length >= before[index]! + 10), `messages flow again after ${name} was killed`, 60_000);
    }
    killing = false;
    await Promise.all(sending);

    const total = users[0].sent.length + users[1].sent.length;
    await using reader = connect(running.get('api2')!.url, jun.token, jun.userId);
    await until(async () => (await allMessages(reader, roomId)).length >= total, 'the history is whole', 60_000);
    const history = await allMessages(reader, roomId);
    expect(history.map(({ seq }) => seq)).toEqual(Array.from({ length: total }, (_, index) => index + 1));
    for (const [index, { sent }] of users.entries()) expect(history.map(({ body }) => body).filter((body) => body.startsWith(`${index} `))).toEqual(sent);

    // One last event that both hear tells that their streams are at the end.
    await users[0].send('0 the last');
    const last = await (async () => (await allMessages(reader, roomId)).at(-1)!)();
    await until(async () => {
      const probe = reader.events(roomId, position!);
      await until(() => probe.received.at(-1)?.message?.seq === total + 1 || probe.errors.length > 0, 'a fresh subscription reaches the end');
      probe.stop();
      return probe.received.at(-1)?.message?.seq === total + 1;
    }, 'the room is served to its end');
    expect(last.seq).toBeLessThanOrEqual(total + 1);
    over.abort();
    await Promise.all(listening);
    await Promise.all(users.map((user) => user.dispose()));
    for (const { received } of users) {
      const seqs = received.flatMap(({ message }) => (message ? [message.seq] : []));
      expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1));
      expect(seqs.length).toBeGreaterThanOrEqual(total);
    }
  } finally {
    await Promise.all([...running.values()].map((process) => process.stop()));
  }
}, 240_000);
