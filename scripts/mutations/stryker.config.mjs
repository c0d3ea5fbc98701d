/**
 * Stryker for `npm run mutations:pure`. Jest runs native ES modules, so the workers get the flag for them, and Jest a
 * configuration of the unit project alone: Stryker does not choose among projects.
 */
export default {
  testRunner: 'jest',
  jest: { projectType: 'custom', configFile: 'scripts/mutations/jest.unit.config.js', enableFindRelatedTests: false },
  testRunnerNodeArgs: [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    '--max-old-space-size=1024',
  ],
  coverageAnalysis: 'perTest',
  // Texts for people are no rules.
  mutator: { excludedMutations: ['StringLiteral', 'Regex'] },
  ignorePatterns: [
    'scripts/mutations/node_modules',
    'dist',
    'dist-*',
    'docs',
    'ops',
    'var',
    'web',
    'bench',
    'prisma',
    'test/fixtures/data-folder',
  ],
  tempDirName: 'dist/.stryker',
  cleanTempDir: 'always',
  allowEmpty: true,
  concurrency: 1,
  // Every test run keeps its modules in memory until its process ends.
  maxTestRunnerReuse: 15,
  timeoutMS: 5_000,
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: 'dist/.stryker-report.json' },
  checkers: [],
  disableTypeChecks: false,
  // TypeScript 7 has no API for Stryker to rewrite the paths in one with, and no test reads it.
  tsconfigFile: 'none',
};
