/**
 * Which folder may import which. The way from a mutation to a pushed event goes down these layers, and nothing goes up:
 * main, cli → schema, workers, gateway, fan-out → commands, projections → events. Adapters are wired in the composition
 * root (main, system, wiring/). Cycles are the linter's business.
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
    only('events-know-nothing', '^src/events/', ['^src/events/'], 'what can happen stands alone'),
    only('commands-know-events', '^src/commands/', ['^src/(commands|events)/'], 'deciding is pure'),
    only(
      'projections-know-events',
      '^src/projections/',
      [
        '^src/(projections|events)/',
        '^src/platform/ports/',
        '^src/platform/partitioning\\.ts$',
        '^src/platform/postgres/prisma-client\\.ts$',
      ],
      'read models follow events, never commands',
    ),
    only(
      'workers-below-api',
      '^src/workers/',
      ['^src/(workers|commands|projections|events|gateway|heat)/', '^src/platform/(ports/|[^/]+\\.ts$)'],
      'the loops do not know GraphQL or a driver',
    ),
    only(
      'gateway-below-schema',
      '^src/gateway/',
      ['^src/(gateway|commands|projections|events|identity)/', '^src/platform/(ports/|[^/]+\\.ts$)'],
      'what the API and the workers share knows no transport',
    ),
    only(
      'door-below-schema',
      '^src/door/',
      ['^src/(door|commands|projections|events)/', '^src/platform/(ports/|[^/]+\\.ts$)'],
      'the door to the gifticon queue knows no transport',
    ),
    only(
      'heat-below-schema',
      '^src/heat/',
      ['^src/(heat|events)/', '^src/platform/(ports/|[^/]+\\.ts$)'],
      'heat knows rooms and a store, not GraphQL',
    ),
    only(
      'fan-out-below-schema',
      '^src/fan-out/',
      ['^src/(fan-out|events)/', '^src/platform/(ports/|[^/]+\\.ts$)'],
      'pushing knows sinks, not transports',
    ),
    only(
      'schema-knows-no-driver',
      '^src/schema/',
      [
        '^src/(schema|gateway|door|heat|fan-out|identity|commands|projections|events)/',
        '^src/platform/(ports/|[^/]+\\.ts$)',
      ],
      'GraphQL reaches adapters through ports',
    ),
    only(
      'ports-know-the-domain',
      '^src/platform/ports/',
      ['^src/(commands|projections|events)/', '^src/platform/ports/'],
      'a port speaks the words of the domain',
    ),
    {
      name: 'drivers-in-platform',
      comment:
        'pg, kafkajs, ioredis and the Prisma client appear under platform/ alone; Prisma reads in projections/*/query.ts',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(platform|wiring)/', '\\.test\\.ts$'] },
      to: { path: 'node_modules/(pg|kafkajs|ioredis|@prisma)/', dependencyTypesNot: ['type-only'] },
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
      from: { path: '^src/(?!main|cli/)', pathNot: '^src/(main|system|wiring)' },
      to: { path: '^src/(main|system|cli)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/platform/postgres/prisma/' },
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
