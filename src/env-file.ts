import { ConfigError } from './config.js';

/**
 * Adds the settings of the working folder's `.env` file, if there is one, to the environment. A name that the
 * environment has already keeps its value.
 * @throws {ConfigError} where the file cannot be read
 */
export function loadEnvFile(path = '.env'): void {
  try {
    process.loadEnvFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new ConfigError([`${path}: cannot be read (${(error as Error).message}): correct or remove it`]);
  }
}
