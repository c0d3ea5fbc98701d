import type { Admin } from 'kafkajs';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { openKafkaCommandLog } from '../../src/engine/kafka/command-log.js';
import { openKafka } from '../../src/engine/kafka/connection.js';
import { startKafka } from '../../src/embedded/kafka.js';
import { PARTITIONS, quietLog } from '../../src/engine/testing/contracts/log-site.js';
import { quietLogger } from '../support/conditions.js';
import { createDataDir } from '../support/madang.js';

/** A broker that checks rights, and gives all of them where none are named. */
const GUARDED = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'true',
};

async function guardedBroker() {
  const data = await createDataDir();
  const server = await startKafka({ dataDir: data.path, settings: GUARDED, log: quietLogger });
  const brokers = [server.url];
  const admin = new Kafka({ clientId: 'operator', brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  return {
    brokers,
    admin,
    async [Symbol.asyncDispose]() {
      await admin.disconnect();
      await server.stop();
      await data[Symbol.asyncDispose]();
    },
  };
}

/** Everything else is allowed. */
const deny = (admin: Admin, topic: string, operation: AclOperationTypes): Promise<boolean> => {
  const of = {
    resourceType: AclResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: 'User:ANONYMOUS',
    host: '*',
  };
  return admin.createAcls({
    acl: [
      { ...of, operation: AclOperationTypes.ALL, permissionType: AclPermissionTypes.ALLOW },
      { ...of, operation, permissionType: AclPermissionTypes.DENY },
    ],
  });
};

test('a missing right on a topic is reported by its name, with the rights to give', async () => {
  await using broker = await guardedBroker();
  const said: string[] = [];
  const log = { ...quietLog, warn: (_: object, message: string) => void said.push(message) };
  await using kafka = await openKafka({ brokers: broker.brokers, prefix: 'guarded', partitions: PARTITIONS, log });
  await deny(broker.admin, 'guarded.commands', AclOperationTypes.DESCRIBE_CONFIGS);
  await using commands = await openKafkaCommandLog({ kafka, queue: 'commands' });
  expect(commands.partitions).toBe(PARTITIONS);
  expect(said).toContain(
    'the settings of topic guarded.commands cannot be compared with the required ones: ' +
      'allow this program DescribeConfigs on it',
  );

  await deny(broker.admin, 'guarded.gifticon.requests', AclOperationTypes.DESCRIBE);
  await expect(openKafkaCommandLog({ kafka, queue: 'gifticon.requests' })).rejects.toMatchObject({
    code: 'LOG_REFUSED',
    message: expect.stringContaining(
      'Kafka does not let this program use topic guarded.gifticon.requests ' +
        '(TOPIC_AUTHORIZATION_FAILED): allow it ',
    ) as string,
  });
}, 120_000);
