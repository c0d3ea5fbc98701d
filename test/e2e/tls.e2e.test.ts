import { execFile } from 'node:child_process';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../support/conditions.js';
import { runBlocks, shellBlocks } from '../support/documented-commands.js';
import { startMadang } from '../support/madang.js';
import { haproxy, haproxyCommand, tlsFolder, tlsPostgres, tlsRedis } from '../support/tls-site.js';
import { commanded, signInOnWire } from '../support/wire.js';

// The commands and the settings of docs/tls.md.

const page = await readFile('docs/tls.md', 'utf8');

/** The first block without a language after a heading. */
function settingsOf(heading: string): string {
  const [, settings] = new RegExp(`^## ${heading}\\n[^]*?^\`\`\`\\n([^]*?)^\`\`\`$`, 'm').exec(page) ?? [];
  if (settings === undefined) throw new Error(`docs/tls.md has no settings for ${heading}`);
  return settings;
}

const status = (url: string, ca: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, { ca }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    }).once('error', reject);
  });

test('Madang works over TLS with PostgreSQL, Redis and a proxy, as docs/tls.md says', async () => {
  await using folder = await tlsFolder();
  const blocks = await shellBlocks('docs/tls.md');
  expect(blocks).toHaveLength(2);
  const made = await runBlocks(blocks, { cwd: folder.path, env: process.env });
  expect([made.output, made.code]).toEqual([expect.stringContaining('server.crt: OK'), 0]);
  const authority = join(folder.path, 'ca.crt');

  await using postgres = await tlsPostgres(folder.path);
  await using redis = await tlsRedis(folder.path, settingsOf('Redis'));
  const env = {
    DATABASE_URL: postgres.url(`sslmode=verify-full&sslrootcert=${authority}`),
    REDIS_URL: `rediss://:password@localhost:${redis.port}/0`,
    NODE_EXTRA_CA_CERTS: authority,
  };
  await using madang = await startMadang({ env });
  const user = await signInOnWire(madang.url, 'mina');
  await commanded(user, 'createRoom', { title: 'safe' });
  const metrics = async (): Promise<string> => (await fetch(`${madang.url}/metrics`)).text();
  const inAYear = Date.now() / 1_000 + 365 * 86_400;
  for (const dependency of ['postgresql', 'redis']) {
    const gauge = new RegExp(`certificate_expiry_timestamp_seconds\\{dependency="${dependency}"\\} (\\S+)`);
    await until(async () => gauge.test(await metrics()), `the certificate of ${dependency} is known`);
    expect(Math.abs(Number(gauge.exec(await metrics())![1]) - inAYear)).toBeLessThan(3_600);
    expect(await metrics()).toContain(`madang_dependency_up{dependency="${dependency}"} 1`);
  }

  const pem = join(folder.path, 'chat.pem');
  for (const name of ['server.crt', 'server.key']) await appendFile(pem, await readFile(join(folder.path, name)));
  const config = settingsOf('The API')
    .replace('/etc/haproxy/chat.example.com.pem', pem)
    .replace('127.0.0.1:4001', new URL(madang.url).host);
  const timeouts = 'defaults\n    timeout connect 5s\n    timeout client 60s\n    timeout server 60s\n';
  await using proxy = await haproxy(folder.path, timeouts + config);
  const ca = await readFile(authority);
  const site = `https://localhost:${proxy.port}`;
  await until(async () => (await status(`${site}/healthz`, ca)) === 200, 'the proxy leads to the API');
}, 120_000);

test('a server with a certificate of another authority is not trusted', async () => {
  await using folder = await tlsFolder();
  const blocks = await shellBlocks('docs/tls.md');
  await runBlocks(blocks, { cwd: folder.path, env: process.env });
  await using postgres = await tlsPostgres(folder.path);
  const foreign = join(folder.path, 'foreign');
  await promisify(execFile)('mkdir', [foreign]);
  await runBlocks(blocks.slice(0, 1), { cwd: foreign, env: process.env });
  const env = {
    DATABASE_URL: postgres.url(`sslmode=verify-full&sslrootcert=${join(foreign, 'ca.crt')}`),
    REDIS_URL: process.env.TEST_REDIS_URL!,
  };
  await expect(startMadang({ env })).rejects.toThrow(/PostgreSQL at .* cannot be used .*certificate/);
});

test('HAProxy takes the configuration of the compose file', async () => {
  await using folder = await tlsFolder();
  const path = join(folder.path, 'haproxy.cfg');
  await writeFile(path, await readFile('ops/compose/haproxy.cfg'));
  const { stdout, stderr } = await promisify(execFile)(await haproxyCommand(), ['-c', '-V', '-f', path]);
  expect(stdout + stderr).toMatch(/Configuration file is valid/);
});
