import type { DestinationStream, LoggerOptions as LoggerSettings } from 'pino';
import { pino } from 'pino';

export type Logger = pino.Logger;

export interface LoggerOptions {
  readonly level: string;
  /** Where the lines go, such as `terminalStream()`. JSON lines on stdout where it is left out. */
  readonly stream?: DestinationStream | undefined;
}

/**
 * Of an error of which the part that is away has told already, once: a line for each of those who meet it would bury
 * that one.
 */
export interface ObservedError extends Error {
  readonly isTold: true;
}

/** The level at which who meets an error tells of it, where it passes. */
export const levelOf = (error: unknown): 'warn' | 'debug' =>
  error instanceof Error && (error as Partial<ObservedError>).isTold ? 'debug' : 'warn';

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

/**
 * Lines for a person at a terminal. They are written at once, and not by another thread: the text that the process
 * writes afterwards comes after them.
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
