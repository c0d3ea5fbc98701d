import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from './config.js';
import { loadEnvFile } from './env-file.js';

// Jest gives tests an environment of their own, not the real one: test/e2e/start.e2e.test.ts tests the rest.

test('a missing file is no error', () => {
  expect(() => loadEnvFile(join(tmpdir(), 'madang-no-such-file'))).not.toThrow();
});

test('an unreadable file is an error that says what to do', () => {
  expect(() => loadEnvFile(tmpdir())).toThrow(ConfigError);
  expect(() => loadEnvFile(tmpdir())).toThrow('correct or remove it');
});
