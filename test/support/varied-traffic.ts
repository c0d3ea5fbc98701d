import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import WebSocket from 'ws';
import { joinRoom, sendMessage, signIn } from './chat-client.js';
import type { Deployment } from './deployment.js';
import { asAdmin, createCampaign, pressing } from './gifticons.js';
import { NEWEST, PERSONAL, makeHot, openRoom, overHttp } from './hot-room.js';
import { signInOnWire } from './wire.js';

/** A little of everything that Madang measures, on Kafka, until it is stopped. */
export interface VariedTraffic extends AsyncDisposable {
  readonly failures: readonly unknown[];
}

export async function startVariedTraffic(
  deployment: Deployment,
  urls: readonly [string, ...string[]],
): Promise<VariedTraffic> {
  const [url] = urls;
  const room = await openRoom(urls, 4, 3);
  const client = await signIn(url, 'ann');
  await joinRoom(client, room.roomId);
  const events = client.events(room.roomId, room.position);
  await makeHot(deployment, room, urls);
  const admin = await asAdmin(deployment, await signInOnWire(url, 'admin'));
  const campaign = await createCampaign(admin, { stock: 1_000 });
  await breakRules(deployment, url);

  const failures: unknown[] = [];
  let stopped = false;
  let n = 0;
  const round = async (): Promise<void> => {
    n += 1;
    const commandId = randomUUID();
    const body = `message ${n}`;
    await sendMessage(client, { roomId: room.roomId, body, commandId });
    await sendMessage(client, { roomId: room.roomId, body, commandId });
    // Refused by the domain: there is no such room.
    await sendMessage(client, { roomId: randomUUID(), body });
    await admin.ask('{ thereIsNoSuchField }');
    for (const member of room.members)
      await Promise.all([NEWEST, PERSONAL].map((query) => overHttp(member)(query, { id: room.roomId })));
    const user = await signInOnWire(url, `user-${n}`);
    await pressing(user, campaign.id);
    await pressing(user, campaign.id);
  };
  const running = (async () => {
    while (!stopped) await round().catch((error: unknown) => failures.push(error));
  })();
  return {
    failures,
    async [Symbol.asyncDispose]() {
      stopped = true;
      await running;
      events.stop();
      await client[Symbol.asyncDispose]();
    },
  };
}

/** A record that is no command, a WebSocket of a foreign page, and bytes that are no HTTP. */
async function breakRules({ env }: Deployment, url: string): Promise<void> {
  const producer = new Kafka({ brokers: [env.KAFKA_BROKERS!], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  await producer.send({ topic: `${env.MADANG_TOPIC_PREFIX}.commands`, messages: [{ value: 'no command' }] });
  await producer.disconnect();

  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, { origin: 'https://elsewhere.example' });
  await new Promise((resolve) => socket.once('error', resolve));

  const { hostname, port } = new URL(url);
  const connection = connect(Number(port), hostname);
  connection.on('error', () => undefined).resume();
  connection.end('no HTTP\r\n\r\n');
  await once(connection, 'close');
}
