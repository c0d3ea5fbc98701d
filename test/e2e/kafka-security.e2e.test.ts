import { readConfig } from '../../src/config.js';
import { openKafka } from '../../src/engine/kafka/connection.js';
import { openKafkaCommandLog } from '../../src/engine/kafka/command-log.js';
import { PARTITIONS, quietLog } from '../../src/engine/testing/contracts/log-site.js';
import { readKafkaSecurity } from '../../src/wiring/kafka-security.js';
import { createRoom, sendMessage, signIn } from '../support/chat-client.js';
import { openDeployment } from '../support/deployment.js';
import type { SecureBroker } from '../support/secure-broker.js';
import { openSecureBroker, PASSWORD, USER } from '../support/secure-broker.js';

let broker: SecureBroker;
beforeAll(async () => {
  broker = await openSecureBroker();
}, 120_000);
afterAll(() => broker[Symbol.asyncDispose]());

const withUser = (): Record<string, string> => ({
  KAFKA_BROKERS: broker.withUsers,
  MADANG_KAFKA_TLS: 'on',
  MADANG_KAFKA_CA: broker.caFile,
  MADANG_KAFKA_SASL: 'scram-sha-512',
  MADANG_KAFKA_USER: USER,
  MADANG_KAFKA_PASSWORD: PASSWORD,
});
const withCertificate = (): Record<string, string> => ({
  KAFKA_BROKERS: broker.withCertificates,
  MADANG_KAFKA_TLS: 'on',
  MADANG_KAFKA_CA: broker.caFile,
  MADANG_KAFKA_CERT: broker.client.certFile,
  MADANG_KAFKA_KEY: broker.client.keyFile,
});

/** A connection as a process with these settings opens it. */
async function connect(env: Readonly<Record<string, string>>) {
  const { kafkaBrokers, kafkaSecurity } = readConfig(env);
  return openKafka({
    brokers: kafkaBrokers!,
    security: kafkaSecurity ? await readKafkaSecurity(kafkaSecurity) : undefined,
    prefix: 'secure',
    partitions: PARTITIONS,
    log: quietLog,
  });
}

test('a process with TLS and a user does everything that it does without', async () => {
  await using deployment = await openDeployment('kafka');
  await using madang = await deployment.start(withUser());
  await using mina = await signIn(madang.url, 'mina');
  const { roomId } = await createRoom(mina, '마당');
  const { receipt } = await sendMessage(mina, { roomId, body: 'over TLS' });
  expect(receipt.status).toBe('SUCCEEDED');
  expect(madang.log.filter(({ text }) => text.includes(PASSWORD))).toEqual([]);
  expect(await madang.stop()).toBe(0);
}, 120_000);

test.each([
  ['PLAIN', () => ({ ...withUser(), MADANG_KAFKA_SASL: 'plain' })],
  ['a certificate of its own', withCertificate],
])('brokers take this process by %s', async (_, env) => {
  await using kafka = await connect(env());
  await using commands = await openKafkaCommandLog({ kafka, queue: 'commands' });
  expect(commands.partitions).toBe(PARTITIONS);
});

test.each([
  [
    'a wrong password',
    () => ({ ...withUser(), MADANG_KAFKA_PASSWORD: 'a guess' }),
    { code: 'LOG_REFUSED', message: expect.stringContaining(`refuses the user ${USER}`) as string },
  ],
  [
    'a wrong password by PLAIN',
    () => ({ ...withUser(), MADANG_KAFKA_SASL: 'plain', MADANG_KAFKA_PASSWORD: 'a guess' }),
    { code: 'LOG_REFUSED', message: expect.stringContaining(`refuses the user ${USER}`) as string },
  ],
  [
    'a mechanism that the brokers do not have',
    () => ({ ...withUser(), MADANG_KAFKA_SASL: 'scram-sha-256' }),
    { code: 'LOG_REFUSED', message: expect.stringContaining('correct MADANG_KAFKA_SASL') as string },
  ],
  [
    'an authority that is not named',
    () => ({ ...withUser(), MADANG_KAFKA_CA: '' }),
    { code: 'LOG_REFUSED', message: expect.stringContaining('MADANG_KAFKA_CA') as string },
  ],
  [
    'another authority',
    () => ({ ...withUser(), MADANG_KAFKA_CA: broker.stranger.caFile }),
    { code: 'LOG_REFUSED', message: expect.stringContaining('MADANG_KAFKA_CA') as string },
  ],
  [
    'no certificate where one is demanded',
    () => ({ ...withCertificate(), MADANG_KAFKA_CERT: '', MADANG_KAFKA_KEY: '' }),
    { code: 'LOG_REFUSED', message: expect.stringContaining('MADANG_KAFKA_CERT') as string },
  ],
  [
    'a certificate of an unknown authority',
    () => ({
      ...withCertificate(),
      MADANG_KAFKA_CERT: broker.stranger.certFile,
      MADANG_KAFKA_KEY: broker.stranger.keyFile,
    }),
    { code: 'LOG_REFUSED', message: expect.stringContaining('MADANG_KAFKA_CERT') as string },
  ],
  [
    'TLS to a port without it',
    () => ({ ...withUser(), KAFKA_BROKERS: broker.open }),
    { code: 'LOG_UNAVAILABLE', message: expect.stringContaining('MADANG_KAFKA_TLS') as string },
  ],
  [
    'no TLS to a port that demands it',
    () => ({ KAFKA_BROKERS: broker.withUsers }),
    { code: 'LOG_UNAVAILABLE', message: expect.stringContaining('MADANG_KAFKA_TLS') as string },
  ],
])('%s is named with the setting to correct', async (_, env, refused) => {
  const error: unknown = await connect(env()).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject(refused);
  expect(String(error)).not.toContain('a guess');
});

test('files that cannot be read are named together', async () => {
  const { kafkaSecurity } = readConfig({
    ...withCertificate(),
    MADANG_KAFKA_CA: '/nowhere/ca.pem',
    MADANG_KAFKA_KEY: '/nowhere/client.key',
  });
  await expect(readKafkaSecurity(kafkaSecurity!)).rejects.toMatchObject({
    problems: [
      'MADANG_KAFKA_CA: /nowhere/ca.pem cannot be read (ENOENT)',
      'MADANG_KAFKA_KEY: /nowhere/client.key cannot be read (ENOENT)',
    ],
  });
});
