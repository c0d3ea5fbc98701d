import { pino } from 'pino';

export type Logger = pino.Logger;

export interface LoggerOptions {
  readonly level: string;
  /** For people at a terminal; JSON lines otherwise. */
  readonly pretty: boolean;
}

/** Secrets that could stand in a logged object are blanked out here, whoever logs it. */
const SECRETS = ['authorization', 'token', 'password', 'headers.authorization', 'connectionParams', 'databaseUrl', 'redisUrl', '*.token', '*.password'];

export function createLogger({ level, pretty }: LoggerOptions): Logger {
  return pino({
    level,
    base: { pid: process.pid },
    redact: { paths: SECRETS, censor: '[hidden]' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    ...(pretty ? { transport: { target: 'pino-pretty', options: { colorize: true, ignore: 'pid', translateTime: 'SYS:HH:MM:ss.l' } } } : {}),
  });
}
