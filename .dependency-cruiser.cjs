/**
 * Which folder may import which, by type too. Nothing goes up:
 * main, cli → system → workers → wiring → schema → admin → gifticon, hot-rooms, occupancy, erasure → commands, projections → events →
 * engine, and schema → server → engine. Adapters are wired in the composition root.
 */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: ['\\.test\\.ts$'] },
  to: { path: '^src/', pathNot: allowed },
});

module.exports = {
  forbidden: [
    {
      name: 'no-undeclared',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'not-dev',
      comment: 'the program runs without its tools',
      severity: 'error',
      from: { path: '^src', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '@types/' },
    },
    {
      name: 'client-package-alone',
      comment: 'the client package has no file of the server, and graphql-ws, Apollo Client and urql only as peers',
      severity: 'error',
      from: { path: '^packages/client/src/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^packages/client/src/|^node_modules/(@apollo/client|@urql/core|wonka|graphql|graphql-ws)/' },
    },
    only(
      'engine-knows-no-domain',
      '^src/engine/',
      ['^src/engine/'],
      'event sourcing knows no room, no user, no gifticon and no GraphQL',
    ),
    only(
      'server-knows-no-domain',
      '^src/server/',
      ['^src/(server|engine)/', '^src/commands/text\\.ts$'],
      'the transport takes a schema as a value',
    ),
    only(
      'events-know-the-engine',
      '^src/events/',
      ['^src/(events|engine/domain)/'],
      'events know no command and no read model',
    ),
    only('commands-know-events', '^src/commands/', ['^src/(commands|events|engine/domain)/'], 'deciding is pure'),
    only(
      'projections-know-events',
      '^src/projections/',
      [
        '^src/(projections|events)/',
        '^src/engine/(domain|projector|log|runtime)/',
        '^src/engine/postgres/statement-name\\.ts$',
      ],
      'read models follow events, never commands',
    ),
    only(
      'hot-rooms-below-schema',
      '^src/hot-rooms/',
      ['^src/(hot-rooms|events|engine)/'],
      'heat knows rooms and a store, not GraphQL',
    ),
    only(
      'occupancy-below-schema',
      '^src/occupancy/',
      ['^src/(occupancy|events|engine)/'],
      'occupancy knows rooms and a store, not GraphQL',
    ),
    only(
      'gifticon-below-schema',
      '^src/gifticon/',
      ['^src/(gifticon|commands|projections|events|engine)/', '^src/metrics\\.ts$'],
      'the queue of gifticon requests knows no transport',
    ),
    only(
      'erasure-below-schema',
      '^src/erasure/',
      ['^src/(erasure|commands|projections|events|engine)/'],
      'erasure knows the personal data, not GraphQL',
    ),
    only(
      'admin-below-schema',
      '^src/admin/',
      ['^src/(admin|gifticon|hot-rooms|commands|projections|events|engine)/', '^src/(metrics|version)\\.ts$'],
      "what the console and the operator's tool share knows no GraphQL and no terminal",
    ),
    only(
      'schema-above-the-domain',
      '^src/schema/',
      [
        '^src/(schema|server|admin|gifticon|hot-rooms|occupancy|erasure|commands|projections|events|engine)/',
        '^src/metrics\\.ts$',
      ],
      'GraphQL knows no worker and no wiring',
    ),
    only(
      'workers-below-the-root',
      '^src/workers/',
      [
        '^src/(workers|wiring|schema|server|admin|gifticon|hot-rooms|occupancy|erasure|commands|projections|events|engine)/',
        '^src/(config|metrics)\\.ts$',
      ],
      'a role of a process is the parts put together',
    ),
    only('metrics-of-engine-and-server', '^src/metrics\\.ts$', ['^src/(server|engine)/'], 'names and nothing else'),
    only('bot-alone', '^src/bot/', ['^src/bot/'], 'the load bot knows Madang by its public protocols alone'),
    only('embedded-alone', '^src/embedded/', ['^src/(embedded|engine/runtime)/'], 'the servers of npm start'),
    only(
      'wiring-below-workers',
      '^src/wiring/',
      [
        '^src/(wiring|embedded|schema|server|gifticon|erasure|events|engine)/',
        '^src/(config|kafka-settings|metrics)\\.ts$',
      ],
      'the parts that every role needs, made from the settings',
    ),
    only(
      'engine-parts-know-no-adapter',
      '^src/engine/(domain|log|store|decider|projector|rebuild|process-manager|pacing|gateway|fan-out|runtime)/',
      ['^src/engine/(domain|log|store|decider|projector|rebuild|process-manager|pacing|gateway|fan-out|runtime)/'],
      'the engine reaches PostgreSQL, Kafka and Redis through ports',
    ),
    {
      name: 'drivers-in-adapters',
      comment: 'pg, kafkajs, ioredis and Prisma appear in adapters alone, and where they are wired',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          '^src/engine/(postgres|kafka|redis)/',
          '^src/(wiring|workers|embedded)/',
          '^src/engine/open-(engine|log)\\.ts$',
          '^src/projections/prisma-client\\.ts$',
          '/(postgres|redis)-[a-z-]+\\.ts$',
          '\\.test\\.ts$',
        ],
      },
      to: { path: 'node_modules/(pg|kafkajs|ioredis|@prisma)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'adapters-through-ports',
      comment: 'a module that is no adapter imports none: it takes a port, and the root passes the adapter',
      severity: 'error',
      from: {
        path: '^src/(schema|server|admin|gifticon|hot-rooms|occupancy|erasure|commands|projections|events)/',
        pathNot: ['/(postgres|redis)-[a-z-]+\\.ts$', '\\.test\\.ts$', '^src/projections/prisma-client\\.ts$'],
      },
      to: { path: '^src/(engine/(postgres|kafka|redis)/|.*/(postgres|redis)-[a-z-]+\\.ts$)' },
    },
    {
      name: 'telemetry-behind-a-port',
      comment: 'OpenTelemetry appears where the port for traces is implemented, which is loaded only if traces are on',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/wiring/open-telemetry\\.ts$' },
      to: { path: 'node_modules/@opentelemetry/' },
    },
    {
      name: 'telemetry-on-demand',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/wiring/open-telemetry\\.ts$', dynamic: false },
    },
    {
      name: 'decorators-in-schema',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/schema/' },
      to: { path: 'node_modules/type-graphql/' },
    },
    {
      name: 'root-is-the-top',
      severity: 'error',
      from: { path: '^src/(?!main|cli/)', pathNot: '^src/(main|system)' },
      to: { path: '^src/(main|system|cli)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/projections/prisma/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    parser: 'swc',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
