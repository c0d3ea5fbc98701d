import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startKafka } from '../../src/embedded/kafka.js';
import { chooseFreePort } from '../../src/embedded/ports.js';
import { changeState, openServerDirectory } from '../../src/embedded/server-directory.js';
import type { KillableServer } from '../support/killable-servers.js';
import { openKillable } from '../support/killable-servers.js';
import type { Link } from './link.js';
import { openLink } from './link.js';

export interface Broker {
  readonly name: string;
  readonly server: KillableServer;
  /** The way of all clients to it: the broker itself names it to them. */
  readonly link: Link;
}

/** Three of everything, of which two have to have what is acknowledged. */
const REPLICATED = {
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'share.coordinator.state.topic.replication.factor': '3',
  'share.coordinator.state.topic.min.isr': '2',
  'min.insync.replicas': '2',
  // A broker that is back leads again soon, so that the work is spread when the next one goes.
  'leader.imbalance.check.interval.seconds': '10',
  'replica.lag.time.max.ms': '8000',
};

/** Chosen by chance, two may be the same: nobody listens on them yet. */
async function distinctPorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await chooseFreePort());
  return [...ports];
}

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
        // Brokers talk to each other and to whoever looks whether they serve directly; clients over the link.
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
