import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startKafka } from '../../src/embedded/kafka.js';
import { changeState, openServerDirectory } from '../../src/embedded/server-directory.js';
import { distinctPorts } from '../support/distinct-ports.js';
import type { KillableServer } from '../support/killable-servers.js';
import { openKillable } from '../support/killable-servers.js';
import type { Link } from './link.js';
import { openLink } from './link.js';

export interface Broker {
  readonly name: string;
  readonly server: KillableServer;
  /** The clients' only way to it: the broker advertises the link's address. */
  readonly link: Link;
}

/** Three replicas of everything; two of them must have an acknowledged record. */
const REPLICATED = {
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'share.coordinator.state.topic.replication.factor': '3',
  'share.coordinator.state.topic.min.isr': '2',
  'min.insync.replicas': '2',
  // A broker that returns soon leads again, so that the load is spread before the next fault.
  'leader.imbalance.check.interval.seconds': '10',
  'replica.lag.time.max.ms': '8000',
};

/** A cluster of three brokers that are controllers as well, each in `<dataDir>/kafka-N`. */
export async function openBrokers(dataDir: string): Promise<readonly Broker[]> {
  const ports = await distinctPorts(9);
  const nodes = await Promise.all(
    [1, 2, 3].map(async (id) => {
      const [client, port, controller] = ports.slice(3 * (id - 1), 3 * id) as [number, number, number];
      return { id, client, port, controller, link: await openLink(client) };
    }),
  );
  const voters = nodes.map(({ id, controller }) => `${id}@127.0.0.1:${controller}`).join(',');
  const clusterId = randomBytes(16).toString('base64url');
  const opening = await Promise.allSettled(
    nodes.map(async ({ id, client, port, controller, link }): Promise<Broker> => {
      const name = `kafka-${id}`;
      const own = join(dataDir, name);
      await changeState(await openServerDirectory(own, 'kafka'), { clusterId });
      const settings = {
        ...REPLICATED,
        'node.id': String(id),
        'controller.quorum.voters': voters,
        // Brokers talk to each other, and to readiness probes, directly; clients use the link.
        listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller},CLIENT://127.0.0.1:${client}`,
        'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},CLIENT://127.0.0.1:${link.port}`,
        'inter.broker.listener.name': 'PLAINTEXT',
        'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENT:PLAINTEXT',
      };
      return { name, link, server: await openKillable(startKafka, { dataDir: own, port, settings }) };
    }),
  );
  const brokers = opening.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failed = opening.find((each) => each.status === 'rejected');
  if (failed) {
    await Promise.all([
      ...brokers.map(({ server }) => server[Symbol.asyncDispose]()),
      ...nodes.map(({ link }) => link[Symbol.asyncDispose]()),
    ]);
    throw failed.reason;
  }
  return brokers;
}
