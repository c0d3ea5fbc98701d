import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/**
 * Native ES modules throughout: the code under test is the code that runs. `npm test` passes --experimental-vm-modules.
 */
const shared = {
  // Stryker reads the path as well, and knows no <rootDir>.
  testEnvironment: fileURLToPath(new URL('test/support/environment.cjs', import.meta.url)),
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^madang/(engine|engine/testing|server)$': '<rootDir>/src/$1/index',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
};

export default {
  // Suites wait for servers and timeouts most of their time: two share a core well. More than four are a load test.
  maxWorkers: Math.min(4, 2 * availableParallelism()),
  // A worker never frees the modules of a test file. A new one is made before its heap slows it down.
  workerIdleMemoryLimit: '512MB',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{src,test,examples,packages/client/src}/**/*.unit.test.ts'],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/**/*.{int,e2e}.test.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.js',
      globalTeardown: '<rootDir>/test/support/global-teardown.js',
    },
  ],
  testSequencer: '<rootDir>/test/support/order.cjs',
  // Ends a test that hangs. A slow machine takes a multiple of the usual seconds.
  testTimeout: 120_000,
  reporters: ['default', '<rootDir>/test/support/closing-reporter.js'],
};
