import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startKafka } from '../../src/embedded/kafka.js';
import { findJava, kafkaJars } from '../../src/embedded/kafka-distribution.js';
import type { Certificate } from './certificates.js';
import { createAuthority, joined } from './certificates.js';
import { quietLogger } from './conditions.js';
import { distinctPorts } from './distinct-ports.js';
import { createDataDir } from './madang.js';

export const USER = 'madang';
export const PASSWORD = 'correct horse 마당';

/** A broker that demands TLS, and a user or a certificate. Addresses are `host:port`. */
export interface SecureBroker extends AsyncDisposable {
  /** Demands TLS and {@link USER} with its password, by PLAIN or SCRAM-SHA-512. */
  readonly withUsers: string;
  /** Demands TLS and a certificate of the client. */
  readonly withCertificates: string;
  /** Demands nothing. */
  readonly open: string;
  readonly caFile: string;
  readonly client: Certificate;
  /** Of an authority that the broker does not know. */
  readonly stranger: Certificate & { readonly caFile: string };
}

export async function openSecureBroker(): Promise<SecureBroker> {
  const data = await createDataDir();
  const [port, controller, users, certificates] = (await distinctPorts(4)) as [number, number, number, number];
  const authority = await createAuthority(data.path, 'authority');
  const other = await createAuthority(data.path, 'other');
  const stranger = await other.issue('stranger');
  const listeners = [
    `PLAINTEXT://127.0.0.1:${port}`,
    `USERS://127.0.0.1:${users}`,
    `CERTS://127.0.0.1:${certificates}`,
  ];
  const server = await startKafka({
    dataDir: data.path,
    port,
    log: quietLogger,
    settings: {
      listeners: [...listeners, `CONTROLLER://127.0.0.1:${controller}`].join(','),
      'advertised.listeners': listeners.join(','),
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,USERS:SASL_SSL,CERTS:SSL',
      'inter.broker.listener.name': 'PLAINTEXT',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': await joined(await authority.issue('broker')),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': authority.certFile,
      'listener.name.certs.ssl.client.auth': 'required',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
      'listener.name.users.plain.sasl.jaas.config': plainLogin(USER, asProperty(PASSWORD)),
      'listener.name.users.scram-sha-512.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    },
  });
  const java = await findJava({ log: quietLogger });
  const jars = await kafkaJars({ log: quietLogger });
  await promisify(execFile)(java, [
    '-cp',
    join(jars, '*'),
    'kafka.admin.ConfigCommand',
    '--bootstrap-server',
    server.url,
    '--alter',
    '--entity-type',
    'users',
    '--entity-name',
    USER,
    '--add-config',
    `SCRAM-SHA-512=[password=${PASSWORD}]`,
  ]);
  return {
    open: server.url,
    withUsers: `127.0.0.1:${users}`,
    withCertificates: `127.0.0.1:${certificates}`,
    caFile: authority.certFile,
    client: await authority.issue('client'),
    stranger: { ...stranger, caFile: other.certFile },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await data[Symbol.asyncDispose]();
    },
  };
}

const plainLogin = (user: string, password: string): string =>
  `org.apache.kafka.common.security.plain.PlainLoginModule required user_${user}="${password}";`;

/** Properties files are read as ISO 8859-1. */
const asProperty = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
