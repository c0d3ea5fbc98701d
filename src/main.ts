import './production.js';
import { ConfigError, readConfig } from './config.js';
import { loadEnvFile } from './env-file.js';
import { createLogger, terminalStream } from './engine/runtime/logging.js';
import { settlesWithin } from './engine/runtime/deadline.js';
import { yieldProcessor } from './embedded/priority.js';
import type { System } from './system.js';
import { startSystem } from './system.js';

/** An error that an operator can act upon is one line with its remedy; any other error is a fault, with its stack. */
const isOperational = (error: unknown): error is Error & { readonly code?: string } =>
  error instanceof Error &&
  (error.name === 'ServerStartError' ||
    error.name === 'DataDirInUseError' ||
    typeof (error as { code?: unknown }).code === 'string');

// The reader of the output may be gone, such as the other end of a pipe: that must end neither the process nor its
// servers half-way.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

/** How long a process may take to end by itself once everything is stopped. */
const LINGER_MS = 500;
/** Other processes may have all partitions: the banner waits for this long at most. */
const SETTLE_MS = 10_000;

async function main(): Promise<void> {
  loadEnvFile();
  const config = readConfig(process.env);
  const atTerminal = process.stdout.isTTY;
  const stream = atTerminal ? await terminalStream(process.stdout.hasColors()) : undefined;
  const logger = createLogger({ level: config.logLevel, stream });
  const aborting = new AbortController();

  let stopping = false;
  let stop: (() => Promise<void>) | undefined;
  // All parts are stopped. A library that still waits must not keep the process alive.
  const stopped = (): void => {
    logger.info('stopped');
    setTimeout(() => process.exit(), LINGER_MS).unref();
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    // A terminal sends the signal to npm and to this process, and npm passes it on: the second one is ignored.
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    aborting.abort(new Error(`stopped by ${signal}`));
    // A part that hangs must not keep the process alive: ending it now is like a crash, from which the next start
    // recovers.
    setTimeout(() => {
      logger.fatal('stopping took too long; ending at once');
      process.exit(1);
    }, config.stopMs).unref();
    void stop?.().then(stopped);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

  process.on('uncaughtException', (error) => {
    logger.fatal(
      { err: error },
      'uncaught error: ending, so that a supervisor restarts the process from the stored state',
    );
    process.exit(1);
  });

  try {
    await yieldProcessor(config.nice, logger);
    const system = await startSystem(config, logger, aborting.signal);
    stop = () => system.stop();
    if (stopping) return await stop().then(stopped);
    if (atTerminal && config.roles.has('api')) {
      // Last, below the lines of the roles, which come a moment after the start.
      await settlesWithin(system.settled, SETTLE_MS);
      if (!stopping) process.stdout.write(welcome(system, config.auth.mode));
    } else {
      const { url, operationsUrl, partitions } = system;
      const addresses = url === operationsUrl ? { url } : { url, operationsUrl };
      logger.info({ ...addresses, roles: [...config.roles], log: config.log, partitions }, 'ready');
    }
  } catch (error) {
    // A start that was interrupted stops its parts by itself.
    if (stopping) return stopped();
    if (isOperational(error)) logger.fatal(error.message);
    else logger.fatal({ err: error }, 'could not start');
    process.exitCode = 1;
  }
}

const welcome = ({ url, operationsUrl }: Pick<System, 'url' | 'operationsUrl'>, authMode: string): string => `
Madang is ready.
  Web client, operators' console    ${url}/  ${url}/console
  GraphQL IDE, HTTP and WebSocket   ${url}/graphql
  Server-sent events                ${url}/graphql/stream
  Health and metrics                ${operationsUrl}/readyz  ${operationsUrl}/metrics
  Process                           ${process.pid}, which Ctrl-C stops
${authMode === 'dev' ? '  Anyone can sign in by handle alone (AUTH_MODE=dev).\n' : ''}`;

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : (error as Error).stack}\n`);
  process.exitCode = 1;
});
