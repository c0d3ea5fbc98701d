import type { DestinationStream, LoggerOptions as LoggerSettings } from 'pino';
import { pino } from 'pino';

export type Logger = pino.Logger;

export interface LoggerOptions {
  readonly level: string;
  /** The destination of the lines, such as `terminalStream()`. Default: JSON lines on stdout. */
  readonly stream?: DestinationStream | undefined;
}

/** An error that the unavailable part has logged already: a line for each caller would hide that one. */
export interface ObservedError extends Error {
  readonly isReported: true;
}

/** The log level for a transient error. */
export const levelOf = (error: unknown): 'warn' | 'debug' =>
  error instanceof Error && (error as Partial<ObservedError>).isReported ? 'debug' : 'warn';

/** Secrets in logged objects are redacted here, for every caller. */
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

/**
 * Lines for a person at a terminal. Written at once and on this thread, so that text written afterwards comes after
 * them.
 */
export async function terminalStream(colours: boolean): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    colorize: colours,
    singleLine: true,
    ignore: 'pid,server,serverPid,queue',
    translateTime: 'SYS:HH:MM:ss',
    sync: true,
  });
}

export function createLogger({ level, stream }: LoggerOptions): Logger {
  const options: LoggerSettings = {
    level,
    base: { pid: process.pid },
    redact: { paths: SECRETS, censor: '[hidden]' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  return stream ? pino(options, stream) : pino(options);
}
