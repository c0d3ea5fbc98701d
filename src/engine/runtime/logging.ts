import { pino } from 'pino';

export type Logger = pino.Logger;

export interface LoggerOptions {
  readonly level: string;
  /** For people at a terminal; JSON lines otherwise. */
  readonly pretty: boolean;
}

/**
 * Of an error of which the part that is away has told already, once: a line for each of those who meet it would bury
 * that one.
 */
export interface ToldError extends Error {
  readonly isTold: true;
}

/** The level at which who meets an error tells of it, where it passes. */
export const levelOf = (error: unknown): 'warn' | 'debug' =>
  error instanceof Error && (error as Partial<ToldError>).isTold ? 'debug' : 'warn';

/** Secrets that could stand in a logged object are blanked out here, whoever logs it. */
const SECRETS = [
  'authorization',
  'token',
  'password',
  'headers.authorization',
  'connectionParams',
  'databaseUrl',
  'redisUrl',
  '*.token',
  '*.password',
];

export function createLogger({ level, pretty }: LoggerOptions): Logger {
  return pino({
    level,
    base: { pid: process.pid },
    redact: { paths: SECRETS, censor: '[hidden]' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    ...(pretty
      ? {
          transport: {
            target: 'pino-pretty',
            options: { colorize: true, ignore: 'pid', translateTime: 'SYS:HH:MM:ss.l' },
          },
        }
      : {}),
  });
}
