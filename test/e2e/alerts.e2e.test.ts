import { once } from 'node:events';
import { cp, mkdtemp, open, readFile, rename, rm, statfs } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import pg from 'pg';
import { chooseFreePort } from '../../src/embedded/ports.js';
import { openLink } from '../faults/link.js';
import type { SmallDisk } from '../faults/small-disk.js';
import { mountSmallDisk } from '../faults/small-disk.js';
import { createSelfSigned } from '../support/certificates.js';
import { until } from '../support/conditions.js';
import { openFaultSite } from '../support/fault-site.js';
import { startMadang } from '../support/madang.js';
import type { Prometheus } from '../support/prometheus.js';
import { startPrometheus } from '../support/prometheus.js';
import { command, commanded, endOf, signInOnWire } from '../support/wire.js';

// Real faults, and the alerts that docs/runbook.md names for them. The rules are hurried: seconds in place of minutes.

/** Waits until these alerts fire, and no other but those that may. */
async function fires(prometheus: Prometheus, wanted: readonly string[], may: RegExp): Promise<void> {
  let seen: readonly string[] = [];
  const holds = async (): Promise<boolean> => {
    seen = await prometheus.firing();
    return wanted.every((name) => seen.includes(name));
  };
  await until(holds, `${wanted.join(', ')} to fire`, 60_000).catch((cause: unknown) => {
    throw new Error(`fires: ${seen.join(', ')}`, { cause });
  });
  expect(seen.filter((name) => !wanted.includes(name) && !may.test(name))).toEqual([]);
}

async function quiet(prometheus: Prometheus): Promise<void> {
  let seen: readonly string[] = [];
  const holds = async (): Promise<boolean> => (seen = await prometheus.firing()).length === 0;
  await until(holds, () => `no alert to fire, and not ${seen.join(', ')}`, 60_000);
}

/** A record on the log that no gateway would append. */
async function appendNoCommand(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`
      WITH head AS (
        INSERT INTO command_heads (queue, partition, next_offset) VALUES ('commands', 0, 1)
        ON CONFLICT (queue, partition) DO UPDATE SET next_offset = command_heads.next_offset + 1
          RETURNING next_offset - 1 AS at
      ) INSERT INTO commands (queue, partition, "offset", key, command_id, payload)
        SELECT 'commands', 0, at, 'key', '', 'no command' FROM head`);
  } finally {
    await client.end();
  }
}

/** Alerts of processes and servers that are restarted by the test. */
const WHILE_RESTARTED =
  /^Madang(?:Down|RoleMissing|NotReady|DependencyDown|Errors|ReadModelStuck|CommandsSlow|DeadLetters(?:Wait)?)\b/;

async function openDatabase(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  client.on('error', () => undefined);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= client.end());
  return {
    query: <R extends pg.QueryResultRow>(text: string) => client.query<R>(text),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Leads from TLS to a Redis, with a certificate that ends soon. */
async function openTls(redisPort: number, days: number) {
  const folder = await mkdtemp(join(tmpdir(), 'madang-alerts-'));
  const { certFile, keyFile } = await createSelfSigned(folder, 'redis', { subject: 'localhost', days });
  const options = { cert: await readFile(certFile), key: await readFile(keyFile) };
  const sockets = new Set<Socket>();
  const server = createServer(options, (inner) => {
    const outer = connect(redisPort, '127.0.0.1');
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => [inner, outer].forEach((each) => each.destroy()));
    }
    inner.pipe(outer).pipe(inner);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    certFile,
    url: `rediss://localhost:${(server.address() as AddressInfo).port}/0`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

test('each fault makes the alert fire that the runbook names, and its end silences it', async () => {
  await using site = await openFaultSite('embedded');
  const server = new URL(process.env.TEST_REDIS_URL!);
  await using redis = await openLink(Number(server.port));
  server.port = String(redis.port);
  const [restPort, deciderPort] = [await chooseFreePort(), await chooseFreePort()];
  await site.start('rest', {
    MADANG_ROLES: 'api,projector,issuer,heat',
    PORT: String(restPort),
    REDIS_URL: server.href,
  });
  await site.start('decider', { MADANG_ROLES: 'decider', PORT: String(deciderPort) });
  await using prometheus = await startPrometheus([site.url('rest'), site.url('decider')], { impatient: true });
  const user = await signInOnWire(site.url('rest'), 'mina');
  const { room } = await commanded(user, 'createRoom', { title: 'x' });
  const send = () => commanded(user, 'sendMessage', { roomId: room!.id, body: 'hello' });
  await send();
  await quiet(prometheus);

  await site.postgres.kill();
  await fires(prometheus, ['MadangDependencyDown postgresql', 'MadangNotReady'], /DependencyDown command_log|Errors/);
  await site.postgres.start();
  await quiet(prometheus);

  await site.kill('decider');
  await fires(prometheus, ['MadangDown', 'MadangRoleMissing decider'], /^$/);
  await site.start('decider');
  await quiet(prometheus);

  redis.refuse(true);
  for (let message = 0; message < 10; message++) await send();
  const models = ['recent-timeline', 'unread'];
  await fires(
    prometheus,
    [
      'MadangDependencyDown redis',
      ...models.flatMap((model) => [`MadangReadModelStuck ${model}`, `MadangReadModelBehind ${model}`]),
    ],
    /^$/,
  );
  redis.refuse(false);
  await quiet(prometheus);

  await using database = await openDatabase(site.env.DATABASE_URL!);
  await database.query('ALTER TABLE snapshots RENAME TO snapshots_away');
  await command(user, 'sendMessage', { roomId: room!.id, body: 'hello' }, 'ACCEPTED');
  await fires(prometheus, ['MadangConsumerFailing', 'MadangNotReady'], /CommandStuck|CommandsSlow/);
  await database.query('ALTER TABLE snapshots_away RENAME TO snapshots');
  await quiet(prometheus);

  await using secure = await openTls(Number(server.port), 10);
  await site.stop('decider');
  await site.start('decider', {
    MADANG_ROLES: 'decider',
    PORT: String(deciderPort),
    REDIS_URL: secure.url,
    NODE_EXTRA_CA_CERTS: secure.certFile,
    NODE_OPTIONS: `--require ${join(process.cwd(), 'test/support/wrong-clock.cjs')}`,
  });
  await fires(prometheus, ['MadangCertificateEnds redis', 'MadangClockOff'], WHILE_RESTARTED);
  await site.stop('decider');
  await site.start('decider', { MADANG_ROLES: 'decider', PORT: String(deciderPort) });
  await quiet(prometheus);

  await appendNoCommand(site.env.DATABASE_URL!);
  await fires(prometheus, ['MadangDeadLetters postgres:commands', 'MadangDeadLettersWait postgres:commands'], /^$/);

  // The last: a letter that waits stays.
  const data = await database.query<{ data_directory: string }>('SHOW data_directory');
  const folder = data.rows[0]!.data_directory;
  await database.close();
  await site.postgres.stop();
  await cp(folder, `${folder}.backup`, { recursive: true, preserveTimestamps: true });
  await site.postgres.start();
  await until(
    async () => endOf(await command(user, 'sendMessage', { roomId: room!.id, body: 'lost' })) === 'SUCCEEDED',
    'commands are decided again',
    60_000,
  );
  await site.postgres.kill();
  await rm(folder, { recursive: true });
  await rename(`${folder}.backup`, folder);
  await site.postgres.start();
  await fires(prometheus, ['MadangEventsLost'], WHILE_RESTARTED);
  await until(async () => !(await prometheus.firing()).includes('MadangEventsLost'), 'the alert to end', 60_000);
}, 400_000);

const DISK_MB = 400;

describe('a disk of its own', () => {
  let folder: string;
  let disk: SmallDisk | null;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'madang-disk-'));
    // Only root may mount one, and not in every container.
    disk = await mountSmallDisk(folder, DISK_MB).catch(() => null);
  });
  afterAll(async () => {
    await disk?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('that fills makes the alert fire, and room on it silences it', async () => {
    if (!disk) return;
    const env = { MADANG_DATA_DIR: folder, MADANG_LOG: 'embedded', REDIS_URL: process.env.TEST_REDIS_URL! };
    await using madang = await startMadang({ env });
    await using prometheus = await startPrometheus([madang.url], { impatient: true });
    await quiet(prometheus);
    const { bavail, blocks, bsize } = await statfs(folder);
    const filler = join(folder, 'a large file');
    const file = await open(filler, 'w');
    await file.write(Buffer.alloc((bavail - blocks / 20) * bsize));
    await file.close();
    await fires(prometheus, ['MadangDiskFilling'], /^$/);
    await rm(filler);
    await quiet(prometheus);
  }, 180_000);
});
