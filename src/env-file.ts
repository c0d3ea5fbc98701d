import { ConfigError } from './config.js';

/**
 * Adds the settings of a `.env` file in the working folder, where there is one, to the environment. A name that the
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
