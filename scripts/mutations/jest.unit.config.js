import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import all from '../../jest.config.js';

const [unit] = all.projects;
const rootDir = join(dirname(fileURLToPath(import.meta.url)), '../..');
const { displayName: _name, ...project } = unit;

/** The unit tests that `pure.mjs` names, as a configuration of their own. */
export default {
  ...project,
  rootDir,
  testMatch: JSON.parse(process.env.MUTATION_TESTS ?? '[]').map((test) => `<rootDir>/${test}`),
  // A mutant may keep a test from ending.
  testTimeout: 20_000,
};
