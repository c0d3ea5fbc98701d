import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import all from '../../jest.config.js';

const [unit] = all.projects;
const rootDir = join(dirname(fileURLToPath(import.meta.url)), '../..');
const { displayName: _name, ...project } = unit;

/** The unit tests as a configuration of their own, without those that read the sources: Stryker writes into these. */
export default {
  ...project,
  rootDir,
  testTimeout: all.testTimeout,
  testPathIgnorePatterns: ['registry-files', 'erasure/forgetting', 'docs\\.unit'],
};
