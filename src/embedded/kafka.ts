import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findJava, kafkaJars, kafkaLogConfig } from './kafka-distribution.js';
import type { ManagedServer, ServerOptions } from './managed-server.js';
import { ServerStartError } from './managed-server.js';
import { chooseFreePort, isPortFree } from './ports.js';
import { changeState, loadState } from './server-directory.js';
import { startServer } from './start-server.js';

const run = promisify(execFile);

/** One node, so each topic has one replica; a few partitions keep start and stop short. */
const settings: Readonly<Record<string, string>> = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'auto.create.topics.enable': 'false',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '3',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '3',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  // A consumer that died gives up its partitions soon, and one that joins an empty group need not wait for others.
  'group.min.session.timeout.ms': '1000',
  'group.initial.rebalance.delay.ms': '0',
  // After a kill -9 the controller refuses the broker until the session of its predecessor ends: 9 s by default.
  'broker.session.timeout.ms': '2000',
  'broker.heartbeat.interval.ms': '500',
  'log.cleaner.dedupe.buffer.size': '16777216',
};

/** Half of the processor time of a start goes into code that pays off after minutes only. */
const QUICK_START = ['-XX:TieredStopAtLevel=1'];

/** The embedded broker: Apache Kafka as a single KRaft node. Its jars are fetched at the first start. */
export function startKafka(options: ServerOptions): Promise<ManagedServer> {
  return startServer('kafka', options, async (dir, state) => {
    const java = await findJava(options);
    const jars = await kafkaJars(options);
    const clusterId = state.clusterId ?? randomBytes(16).toString('base64url');
    await changeState(dir, { clusterId });
    const config = join(dir, 'server.properties');
    const data = join(dir, 'data');
    const classPath = ['-cp', join(jars, '*'), `-Dlog4j2.configurationFile=${kafkaLogConfig}`];
    return {
      name: 'kafka',
      dir,
      logFile: join(dir, 'kafka.log'),
      pidFile: join(dir, 'kafka.pid'),
      writesPidFile: false,
      startTimeoutMs: 60_000,
      stopSteps: [
        { signal: 'SIGTERM', graceMs: 15_000 },
        { signal: 'SIGKILL', graceMs: 5_000 },
      ],
      remedy: 'see the log, or set KAFKA_BROKERS to an existing cluster',
      url: (port) => `127.0.0.1:${port}`,
      command: async (port) => {
        const controller = await controllerPort(dir);
        const lines = {
          ...settings,
          listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
          'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
          'controller.quorum.voters': `1@127.0.0.1:${controller}`,
          'log.dirs': escape(data),
          ...options.settings,
        };
        await writeFile(
          config,
          Object.entries(lines)
            .map(([key, value]) => `${key}=${value}\n`)
            .join(''),
        );
        if ((await stat(join(data, 'meta.properties')).catch(() => undefined)) === undefined) {
          await format(
            [
              ...QUICK_START,
              ...classPath,
              'kafka.tools.StorageTool',
              'format',
              '--ignore-formatted',
              `--cluster-id=${clusterId}`,
              '-c',
              config,
            ],
            java,
          );
        }
        return {
          file: java,
          args: [
            '-Xms128m',
            '-Xmx512m',
            '-XX:+ExitOnOutOfMemoryError',
            '-Djava.awt.headless=true',
            ...classPath,
            'kafka.Kafka',
            config,
          ],
        };
      },
      owns: (commandLine) => commandLine.includes(config),
      probe: (port) => servesCluster(port, clusterId),
    };
  });
}

/** A backslash begins an escape in a properties file. */
const escape = (value: string): string => value.replaceAll('\\', '\\\\');

async function controllerPort(dir: string): Promise<number> {
  const { controllerPort: known, port } = await loadState(dir);
  if (known !== undefined && known !== port && (await isPortFree(known))) return known;
  let chosen = await chooseFreePort();
  while (chosen === port) chosen = await chooseFreePort();
  await changeState(dir, { controllerPort: chosen });
  return chosen;
}

async function format(args: readonly string[], java: string): Promise<void> {
  try {
    await run(java, args);
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new ServerStartError(
      'kafka',
      `Kafka's storage could not be formatted: ${`${stdout}${stderr}`.trim() || String(error)}`,
      { cause: error },
    );
  }
}

/** Checks the port first: kafkajs would spend seconds on retries while the broker is loading. */
async function servesCluster(port: number, clusterId: string): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
  const { Kafka, logLevel } = await import('kafkajs');
  const kafka = new Kafka({
    clientId: 'madang-probe',
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 3_000,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    return cluster.clusterId === clusterId && cluster.brokers.some((broker) => broker.port === port);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
