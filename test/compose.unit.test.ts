import { access, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { ROLES, readConfig } from '../src/config.js';

// Docker cannot run here: these are the parts of docker-compose.yml that can be wrong without it.

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string };
  readonly profiles: readonly string[];
  readonly restart?: string;
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly command?: string | readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly shm_size?: string;
}

const read = async <T>(path: string): Promise<T> => parse(await readFile(path, 'utf8'), { merge: true }) as T;
const file = await read<{
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
  readonly networks: Readonly<Record<string, unknown>>;
}>('docker-compose.yml');
const services = Object.entries(file.services);
const inProfile = (profile: string) => services.filter(([, { profiles }]) => profiles.includes(profile));
const madang = services.filter(([, { image }]) => image === 'madang:local');
const SECRETS = { AUTH_JWT_SECRET: 's'.repeat(32), MADANG_CODE_KEY: 'a'.repeat(64), COMMIT: 'c0ffee' };
const filled = (value: string | number): string =>
  String(value).replaceAll(/\$\{(\w+):-\}/g, (_, name: string) => SECRETS[name as keyof typeof SECRETS]);

test('the profile servers has the three servers, and all the whole deployment', () => {
  expect(inProfile('servers').map(([name]) => name)).toEqual(['postgres', 'redis', 'kafka']);
  expect(services.every(([, { profiles }]) => profiles.length === 1)).toBe(true);
  const all = inProfile('all').map(([, { image }]) => image!.replace(/:.*/, ''));
  const count = (image: string): number => all.filter((each) => each === image).length;
  expect(count('apache/kafka')).toBe(3);
  expect(count('postgres')).toBe(2);
  // Two servers and three Sentinels.
  expect(count('redis')).toBe(5);
  for (const image of ['haproxy', 'prom/prometheus', 'grafana/grafana', 'otel/opentelemetry-collector-contrib'])
    expect([image, count(image)]).toEqual([image, 1]);
});

test('every image is pinned, every service is restarted, and ports are on loopback', () => {
  for (const [name, { image, restart, ports = [], profiles, networks }] of services) {
    expect([name, image]).toEqual([name, expect.stringMatching(/^(?:madang:local|[\w./-]+:v?\d+\.\d+(?:\.\d+)?)$/)]);
    expect([name, restart]).toEqual([name, 'unless-stopped']);
    expect([name, ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))]).toEqual([name, []]);
    expect([name, networks]).toEqual([name, profiles.includes('all') ? ['madang'] : undefined]);
  }
});

test('no health check starts a shell of its own, a JVM or a Node', () => {
  for (const [name, { healthcheck }] of services) {
    if (!healthcheck) continue;
    expect([name, healthcheck.test[0]]).toEqual([name, 'CMD']);
    expect([name, healthcheck.test.some((word) => /kafka-|node|java/.test(word))]).toEqual([name, false]);
  }
});

test('mounted files, volumes and the services that one waits for exist', async () => {
  for (const [name, { volumes = [], depends_on: needed = {}, profiles }] of services) {
    for (const [source] of volumes.map((each) => each.split(':'))) {
      if (source!.startsWith('./')) await access(source!);
      else if (!source!.startsWith('/')) expect(file.volumes).toHaveProperty([source!]);
    }
    for (const [other, { condition }] of Object.entries(needed)) {
      expect([name, other, file.services[other]?.profiles]).toEqual([name, other, profiles]);
      if (condition === 'service_healthy') expect(file.services[other]!.healthcheck).toBeDefined();
    }
  }
});

test('each role is a service, with settings that Madang takes, and its servers', () => {
  const roles = madang.map(([, { environment }]) => environment!.MADANG_ROLES);
  expect(roles.toSorted()).toEqual([...ROLES, 'api'].toSorted());
  for (const [name, { environment = {} }] of madang) {
    const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, filled(value)]));
    const config = readConfig({ ...env, HOST: '0.0.0.0' });
    expect([name, config.auth.mode, config.log]).toEqual([name, 'jwt', 'kafka']);
    for (const address of [config.databaseUrl!, config.redisUrl!, ...config.kafkaBrokers!.map((each) => `k://${each}`)])
      expect(file.services).toHaveProperty([new URL(address).hostname]);
    expect(config.kafkaBrokers).toHaveLength(3);
  }
  expect(madang.filter(([, { build }]) => build)).toHaveLength(1);
});

test('PostgreSQL waits for a standby that has the name, and has shared memory', async () => {
  const primary = file.services['postgres-primary']!;
  const [, name] = /synchronous_standby_names=(\w+)/.exec(String(primary.command)) ?? [];
  const standby = await readFile('ops/compose/standby.sh', 'utf8');
  expect(standby).toContain(`application_name=${name}'`);
  expect(standby).toContain('host=postgres-primary ');
  for (const [, { image, shm_size: size }] of services) if (image!.startsWith('postgres:')) expect(size).toBe('256mb');
});

test('the proxy leads to every api process and to both servers of Redis', async () => {
  const config = await readFile('ops/compose/haproxy.cfg', 'utf8');
  const targets = Array.from(config.matchAll(/^ +server \S+ (\S+):\d+$/gm), ([, host]) => host!);
  const redis = services.filter(([name]) => /^redis-\d$/.test(name));
  const api = madang.filter(([, { environment }]) => environment!.MADANG_ROLES === 'api');
  expect(targets.toSorted()).toEqual([...api, ...redis].map(([name]) => name).toSorted());
  expect(config).toContain('hdr Host localhost');
});

test('Prometheus scrapes every process, and Grafana finds it and the dashboards', async () => {
  const { scrape_configs: jobs } = await read<{
    readonly scrape_configs: readonly { readonly static_configs: readonly { readonly targets: readonly string[] }[] }[];
  }>('ops/compose/prometheus.yml');
  const targets = jobs.flatMap((job) => job.static_configs.flatMap((each) => each.targets));
  const scraped = targets.map((target) => target.split(':')[0]!);
  expect(scraped.toSorted()).toEqual([...madang.map(([name]) => name), 'node-exporter'].toSorted());

  const { volumes = [], environment } = file.services.grafana!;
  const { providers } = await read<{ readonly providers: readonly { readonly options: { readonly path: string } }[] }>(
    'ops/grafana/provisioning/dashboards/madang.yml',
  );
  expect(volumes).toContain(`./ops/grafana:${providers[0]!.options.path}:ro`);
  const { datasources } = await read<{ readonly datasources: readonly { readonly url: string }[] }>(
    'ops/grafana/provisioning/datasources/prometheus.yml',
  );
  expect(datasources[0]!.url).toBe('${PROMETHEUS_URL}');
  expect(file.services).toHaveProperty([new URL(String(environment!.PROMETHEUS_URL)).hostname]);
});
