import { ConfigError, readConfig } from './config.js';
import { DEFAULT_CONNECTION_LIMITS } from './server/connections/connection-limits.js';
import { WRITE_LIMITS } from './schema/command/write-rates.js';

const problemsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

test('an empty environment gives the embedded system on loopback, with all roles', () => {
  expect(readConfig({})).toMatchObject({
    port: 4000,
    host: '127.0.0.1',
    dataDir: './var',
    databaseUrl: null,
    redisUrl: null,
    kafkaBrokers: null,
    log: 'embedded',
    partitions: null,
    auth: { mode: 'dev' },
    logLevel: 'info',
  });
  expect([...readConfig({}).roles]).toEqual(['api', 'decider', 'projector', 'issuer', 'heat']);
});

test('KAFKA_BROKERS makes the log Kafka', () => {
  expect(readConfig({ KAFKA_BROKERS: 'a:9092, b:9092' })).toMatchObject({
    log: 'kafka',
    kafkaBrokers: ['a:9092', 'b:9092'],
  });
});

test('TLS and a user of Kafka are settings, whose contradictions are named together', () => {
  const KAFKA_BROKERS = 'a:9093';
  expect(readConfig({ KAFKA_BROKERS }).kafkaSecurity).toBeNull();
  expect(readConfig({ KAFKA_BROKERS, MADANG_KAFKA_TLS: 'on' }).kafkaSecurity).toEqual({
    tls: { caFile: null, certFile: null, keyFile: null },
    sasl: null,
  });
  const user = { MADANG_KAFKA_SASL: 'plain', MADANG_KAFKA_USER: 'a', MADANG_KAFKA_PASSWORD: 'b' };
  expect(problemsOf({ KAFKA_BROKERS, ...user })).toEqual([expect.stringContaining('MADANG_KAFKA_TLS=on')]);
  expect(problemsOf({ ...user, MADANG_KAFKA_SASL: 'scram-sha-256' })).toEqual([
    expect.stringContaining('KAFKA_BROKERS: must be set beside MADANG_KAFKA_SASL'),
  ]);
  expect(problemsOf({ KAFKA_BROKERS, MADANG_KAFKA_CERT: 'c.pem', MADANG_KAFKA_USER: 'a' })).toEqual([
    expect.stringContaining('MADANG_KAFKA_CERT: goes with MADANG_KAFKA_KEY'),
    expect.stringContaining('MADANG_KAFKA_TLS: must be "on"'),
    expect.stringContaining('MADANG_KAFKA_SASL: goes with MADANG_KAFKA_USER and MADANG_KAFKA_PASSWORD'),
  ]);
  expect(problemsOf({ KAFKA_BROKERS, MADANG_KAFKA_TLS: 'yes' })).toEqual([expect.stringContaining('"on" or "off"')]);
});

test('every wrong and every unknown setting is named at once', () => {
  const problems = problemsOf({
    PORT: 'http',
    MADANG_ROLE: 'api',
    MADANG_ROLES: 'api,cook',
    MADANG_PARTITIONS: '0',
    DATABASE_URL: 'mysql://x',
    LOG_LEVEL: 'loud',
  });
  for (const name of ['PORT', 'MADANG_ROLES', 'MADANG_PARTITIONS', 'DATABASE_URL', 'LOG_LEVEL']) {
    expect(problems).toContainEqual(expect.stringContaining(`${name}:`));
  }
  expect(problems).toContainEqual('MADANG_ROLE: no such setting (did you mean MADANG_ROLES?)');
});

test('rate limits are those of the table, apart from those that are set', () => {
  expect(WRITE_LIMITS).toMatchObject(readConfig({}).writeRates);
  const { writeRates } = readConfig({ MADANG_RATE_LIMITS: 'joinRoom=1/2,markRead=0', SEND_LIMIT_BURST: '3' });
  expect([writeRates.joinRoom, writeRates.markRead, writeRates.sendMessage, writeRates.leaveRoom]).toEqual([
    { perSecond: 1, burst: 2 },
    { perSecond: 0, burst: 1 },
    { perSecond: 5, burst: 3 },
    WRITE_LIMITS.leaveRoom,
  ]);
  expect(problemsOf({ MADANG_RATE_LIMITS: 'joinRooms=1/2', PORT: 'http' })).toEqual([
    expect.stringContaining('PORT'),
    expect.stringContaining('MADANG_RATE_LIMITS: has no limit named joinRooms'),
  ]);
});

test('a stop leaves time for the drain', () => {
  expect(problemsOf({ MADANG_DRAIN_DELAY_MS: '3000', MADANG_DRAIN_MS: '11999' })).toEqual([]);
  expect(problemsOf({ MADANG_DRAIN_DELAY_MS: '3000', MADANG_DRAIN_MS: '12000' })).toEqual([
    'MADANG_STOP_MS: must exceed the sum of MADANG_DRAIN_DELAY_MS, MADANG_DRAIN_MS and MADANG_GRACE_MS, which is 20000',
  ]);
  expect(problemsOf({ MADANG_GRACE_MS: '30000' })).toEqual([]);
});

test('an address other than loopback is refused while anyone can sign in as anyone', () => {
  expect(problemsOf({ HOST: '0.0.0.0' })).toEqual([expect.stringContaining('HOST')]);
  expect(problemsOf({ HOST: '0.0.0.0', AUTH_MODE: 'jwt', AUTH_JWT_SECRET: 'x'.repeat(32) })).toEqual([]);
});

test('jwt needs exactly one source of keys', () => {
  expect(problemsOf({ AUTH_MODE: 'jwt' })).toHaveLength(1);
  expect(
    problemsOf({ AUTH_MODE: 'jwt', AUTH_JWKS_URL: 'https://id.example/keys', AUTH_JWT_SECRET: 'x'.repeat(32) }),
  ).toHaveLength(1);
});

test('pages sign in with an identity provider whose address and client id are known', () => {
  const jwt = { AUTH_MODE: 'jwt', AUTH_JWKS_URL: 'https://id.example/keys' };
  const both = { MADANG_OIDC_ISSUER: 'https://id.example', MADANG_OIDC_CLIENT_ID: 'chat' };
  const oidcOf = (env: NodeJS.ProcessEnv) => (readConfig(env).auth as { readonly oidc?: object | null }).oidc;
  expect(oidcOf({ ...jwt, ...both })).toEqual({
    issuer: 'https://id.example',
    clientId: 'chat',
    scope: 'openid profile',
  });
  expect(oidcOf(jwt)).toBeNull();
  expect(problemsOf(both)).toEqual([]);
  for (const [missing, given] of [
    ['MADANG_OIDC_CLIENT_ID', 'MADANG_OIDC_ISSUER'],
    ['MADANG_OIDC_ISSUER', 'MADANG_OIDC_CLIENT_ID'],
  ] as const)
    expect(problemsOf({ ...jwt, ...both, [missing]: '' })).toEqual([
      `${missing}: ${given} needs it: set both, or neither`,
    ]);
  expect(problemsOf({ ...jwt, ...both, MADANG_OIDC_ISSUER: 'id.example', MADANG_OIDC_SCOPE: 'profile' })).toHaveLength(
    2,
  );
});

test('an empty variable counts as not set', () => {
  expect(readConfig({ KAFKA_BROKERS: '', PORT: '' })).toMatchObject({ log: 'embedded', port: 4000 });
});

test('a process is nice by a number, or idle', () => {
  expect([{}, { MADANG_NICE: '19' }, { MADANG_NICE: 'idle' }].map((env) => readConfig(env).nice)).toEqual([
    0,
    19,
    'idle',
  ]);
  for (const wrong of ['20', '-1', 'very', '1.5', ''])
    expect(problemsOf({ MADANG_NICE: wrong })).toHaveLength(wrong === '' ? 0 : 1);
});

test('the exit threshold must be below the enter threshold', () => {
  expect(problemsOf({ HOT_ROOM_ENTER: '100', HOT_ROOM_EXIT: '100' })).toHaveLength(1);
});

test('contradictions are named beside unreadable values, unless they come from those', () => {
  expect(problemsOf({ PORT: '70000', HOST: '0.0.0.0' })).toEqual([
    'PORT: must be at most 65535',
    expect.stringContaining('HOST:'),
  ]);
  expect(problemsOf({ AUTH_MODE: 'oauth', HOST: '0.0.0.0' })).toEqual([expect.stringContaining('AUTH_MODE:')]);
  expect(problemsOf({ AUTH_MODE: 'jwt', AUTH_JWT_SECRET: 'short' })).toEqual([
    'AUTH_JWT_SECRET: must have at least 32 characters',
  ]);
});

test('origins are written as browsers send them', () => {
  expect(readConfig({ MADANG_CORS_ORIGINS: 'https://app.example, http://localhost:3000' }).corsOrigins).toEqual([
    'https://app.example',
    'http://localhost:3000',
  ]);
  expect(readConfig({ MADANG_CORS_ORIGINS: 'capacitor://localhost,chrome-extension://abcdefgh' }).corsOrigins).toEqual([
    'capacitor://localhost',
    'chrome-extension://abcdefgh',
  ]);
  expect(readConfig({}).corsOrigins).toEqual([]);
  for (const wrong of [
    '*',
    'app.example',
    'https://app.example/',
    'https://APP.example',
    'file:///page',
    'file://host',
    'wss://app.example',
    'capacitor://',
    'capacitor://localhost/',
    'javascript:alert',
    'null',
  ]) {
    expect(() => readConfig({ MADANG_CORS_ORIGINS: `https://app.example,${wrong}` })).toThrow(
      /MADANG_CORS_ORIGINS: must be origins/,
    );
  }
});

test('proxies are given by address or network', () => {
  expect(readConfig({ MADANG_TRUSTED_PROXIES: '10.0.0.0/8, ::1' }).trustedProxies).toEqual(['10.0.0.0/8', '::1']);
  expect(readConfig({}).trustedProxies).toEqual([]);
  expect(problemsOf({ MADANG_TRUSTED_PROXIES: '10.0.0.0/8,proxy.example' })).toEqual([
    expect.stringContaining('MADANG_TRUSTED_PROXIES: must be addresses or CIDRs'),
  ]);
});

test('metrics have a port of their own, and each limit on connections a setting', () => {
  expect(problemsOf({ MADANG_METRICS_PORT: '4000' })).toEqual([
    expect.stringContaining('MADANG_METRICS_PORT: must differ from PORT'),
  ]);
  expect(readConfig({ MADANG_METRICS_PORT: '9464' }).metricsPort).toBe(9464);
  expect(readConfig({ MADANG_CONNECTIONS_PER_USER: '7', MADANG_GROUPS_PER_ROOM: '8' }).connectionLimits).toEqual({
    ...DEFAULT_CONNECTION_LIMITS,
    connectionsPerUser: 7,
    groupsPerRoom: 8,
  });
  expect(problemsOf({ MADANG_CONNECTIONS: '0' })).toHaveLength(1);
});

test('a group waits for a silent process as its engine does, or as long as is set', () => {
  expect(readConfig({}).groupSessionMs).toBeNull();
  expect(readConfig({ MADANG_GROUP_SESSION_MS: '3000' }).groupSessionMs).toBe(3_000);
  expect(problemsOf({ MADANG_GROUP_SESSION_MS: '999' })).toEqual([expect.stringContaining('MADANG_GROUP_SESSION_MS')]);
});

test('traces are off, and then no setting of OpenTelemetry is read', () => {
  expect(readConfig({}).traces).toBeNull();
  expect(readConfig({ OTEL_TRACES_SAMPLER: 'jaeger_remote', OTEL_TRACES_SAMPLER_ARG: 'x' }).traces).toBeNull();
});

test.each([
  [{}, { ratio: 0.01, byCaller: false }],
  [{ OTEL_TRACES_SAMPLER_ARG: '0.5' }, { ratio: 0.5, byCaller: false }],
  [{ OTEL_TRACES_SAMPLER: 'always_on' }, { ratio: 1, byCaller: false }],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, { ratio: 0, byCaller: true }],
  [
    { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '1' },
    { ratio: 1, byCaller: true },
  ],
])('traces are sampled as OpenTelemetry names it: %j', (env, sampling) => {
  expect(readConfig({ ...env, MADANG_TRACES: 'on' }).traces).toEqual({
    url: 'http://localhost:4318/v1/traces',
    serviceName: 'madang',
    sampling,
  });
});

test('traces go to the endpoint, or to one of their own', () => {
  const env = { MADANG_TRACES: 'on', OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.example/base/' };
  expect(readConfig(env).traces!.url).toBe('https://otlp.example/base/v1/traces');
  const own = { ...env, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces.example:4318/' };
  expect(readConfig(own).traces!.url).toBe('http://traces.example:4318/');
});

test('wrong settings of traces are named together', () => {
  expect(
    problemsOf({
      MADANG_TRACES: 'on',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_SAMPLER: 'jaeger_remote',
      OTEL_TRACES_SAMPLER_ARG: '1.5',
    }),
  ).toEqual([
    expect.stringMatching(/^OTEL_EXPORTER_OTLP_ENDPOINT: must be a URL/),
    expect.stringMatching(/^OTEL_EXPORTER_OTLP_PROTOCOL: grpc is not spoken/),
    expect.stringMatching(/^OTEL_TRACES_SAMPLER: must be one of always_on, /),
    expect.stringMatching(/^OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1/),
  ]);
});
