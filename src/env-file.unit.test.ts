import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from './config.js';
import { loadEnvFile } from './env-file.js';

// Jest gives tests an environment of their own, which the real one is not: test/e2e/start.e2e.test.ts has the rest.

test('no file is no fault', () => {
  expect(() => loadEnvFile(join(tmpdir(), 'madang-no-such-file'))).not.toThrow();
});

test('a file that cannot be read is a fault, with what to do', () => {
  expect(() => loadEnvFile(tmpdir())).toThrow(ConfigError);
  expect(() => loadEnvFile(tmpdir())).toThrow('correct or remove it');
});
