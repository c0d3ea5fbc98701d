import { LogError } from '../log/command-log.js';

export function unavailable(message: string, cause: unknown): LogError {
  return cause instanceof LogError ? cause : new LogError('LOG_UNAVAILABLE', message, { cause });
}
