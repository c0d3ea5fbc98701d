import { once } from 'node:events';
import { chmod, chown, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import pg from 'pg';
import { startPostgres } from '../../src/embedded/postgres.js';
import { openClient } from '../../src/engine/postgres/pool.js';
import { createLifecycle } from '../../src/engine/runtime/lifecycle.js';
import { createMetrics } from '../../src/metrics.js';
import { watchCertificates } from '../../src/wiring/certificates.js';
import type { Certificate } from '../support/certificates.js';
import { createSelfSigned } from '../support/certificates.js';
import { quietLogger, until } from '../support/conditions.js';

const DAY = 86_400;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'madang-certificates-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const makeCertificate = (name: string, days: number): Promise<Certificate> =>
  createSelfSigned(dir, name, { subject: 'localhost', days });

const contents = async ({ keyFile, certFile }: Certificate) => ({
  key: await readFile(keyFile),
  cert: await readFile(certFile),
});

const endsOf = async (metrics: ReturnType<typeof createMetrics>): Promise<Readonly<Record<string, number>>> => {
  const { values } = await metrics.certificateExpiry.get();
  const days = (value: number): number => Math.round((value - Date.now() / 1_000) / DAY);
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels.dependency), days(value)]));
};

test('the ends of certificates of Redis and of the identity provider are known', async () => {
  const [first, renewed] = [await makeCertificate('first', 10), await makeCertificate('renewed', 90)];
  const server = createServer(await contents(first)).listen(0, '127.0.0.1');
  server.on('tlsClientError', () => undefined);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const lifecycle = createLifecycle(quietLogger);
  const metrics = createMetrics();
  try {
    watchCertificates({
      config: {
        auth: {
          mode: 'jwt',
          keys: { jwksUrl: `https://127.0.0.1:${port}/keys` },
          issuer: null,
          oidc: null,
          audience: null,
        },
      },
      redisUrl: `rediss://localhost:${port}/0`,
      lifecycle,
      logger: quietLogger,
      metrics,
      everyMs: 20,
    });
    await until(async () => (await endsOf(metrics)).identity_provider === 10, 'the first certificate is read');
    expect(await endsOf(metrics)).toEqual({ redis: 10, identity_provider: 10 });

    server.setSecureContext(await contents(renewed));
    await until(async () => (await endsOf(metrics)).identity_provider === 90, 'the renewed one is read');

    await new Promise((resolve) => server.close(resolve));
    await until(async () => (await endsOf(metrics)).redis === 90, 'an away server keeps the last known end');
  } finally {
    await lifecycle.stop();
    server.close();
  }
});

test('the end of the certificate of PostgreSQL is known, and there is none without TLS', async () => {
  const postgres = await startPostgres({ dataDir: dir, log: quietLogger });
  const lifecycle = createLifecycle(quietLogger);
  const metrics = createMetrics();
  const config = { auth: { mode: 'dev' as const } };
  try {
    const { keyFile: key, certFile: cert } = await makeCertificate('database', 20);
    const owner = await stat(join(dir, 'postgres/data'));
    await chown(key, owner.uid, owner.gid);
    await chmod(key, 0o600);
    await chmod(cert, 0o644);
    await chmod(dir, 0o755);
    const admin = new pg.Client({ connectionString: postgres.url });
    await admin.connect();
    await admin.query(`ALTER SYSTEM SET ssl_cert_file = '${cert}'`);
    await admin.query(`ALTER SYSTEM SET ssl_key_file = '${key}'`);
    await admin.query('ALTER SYSTEM SET ssl = on');
    await admin.query('SELECT pg_reload_conf()');
    await until(async () => {
      const { rows } = await admin.query<{ ssl: string }>('SHOW ssl');
      return rows[0]!.ssl === 'on';
    }, 'the server offers TLS');
    await admin.end();

    const redisUrl = 'redis://127.0.0.1:1/0';
    const certificates = watchCertificates({ config, redisUrl, lifecycle, logger: quietLogger, metrics });
    const connect = async (sslmode: string): Promise<void> => {
      const url = new URL(postgres.url);
      url.search = `?sslmode=${sslmode}`;
      const client = openClient(url.href, 'test');
      await client.connect();
      certificates.ofDatabase(client);
      await client.end();
    };
    await connect('disable');
    expect(await endsOf(metrics)).toEqual({});
    await connect('no-verify');
    expect(await endsOf(metrics)).toEqual({ postgresql: 20 });
  } finally {
    await lifecycle.stop();
    await postgres.stop();
  }
});
