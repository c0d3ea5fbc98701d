/**
 * `npm run mutations:pure`: Stryker over the pure parts, with the unit tests. Jest runs native ES modules, so the
 * workers get the flag for them, and Jest a configuration of the unit project alone: Stryker does not choose among
 * projects. Arguments: `-- --mutate src/hot-rooms/decide.ts` for one file.
 */
export default {
  testRunner: 'jest',
  jest: { projectType: 'custom', configFile: 'scripts/mutations/jest.unit.config.js', enableFindRelatedTests: true },
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  coverageAnalysis: 'perTest',
  mutate: [
    'src/commands/**/*.ts',
    'src/gifticon/request-index.ts',
    'src/gifticon/waiting-line.ts',
    'src/events/definitions.ts',
    'src/engine/domain/upcast.ts',
    'src/schema/membership/memberships.ts',
    'src/engine/gateway/signed-cursor.ts',
    'src/hot-rooms/decide.ts',
    'src/hot-rooms/shared-reads.ts',
    'src/engine/runtime/batching.ts',
    'src/engine/log/known-epochs.ts',
    'src/engine/log/partition-reader.ts',
    'src/projections/user/remembered-users.ts',
    'src/schema/pagination/*.ts',
    'src/engine/decider/read-batch.ts',
    'src/engine/decider/stream-states.ts',
    'src/engine/pacing/controller.ts',
    'src/engine/pacing/tolerance.ts',
    '!src/**/*.test.ts',
  ],
  // Texts for people are no rules.
  mutator: { excludedMutations: ['StringLiteral', 'Regex'] },
  ignorePatterns: [
    'scripts/mutations/node_modules',
    'dist',
    'dist-bench',
    'dist-faults',
    'docs',
    'ops',
    'web',
    'bench',
  ],
  tempDirName: 'dist/.stryker',
  cleanTempDir: 'always',
  allowEmpty: true,
  concurrency: 2,
  timeoutMS: 30_000,
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  checkers: [],
  disableTypeChecks: false,
  // TypeScript 7 has no API for Stryker to rewrite the paths in one with, and no test reads it.
  tsconfigFile: 'none',
};
