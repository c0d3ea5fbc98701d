import './production.js';
import { ConfigError, readConfig } from './config.js';
import { loadEnvFile } from './env-file.js';
import { createLogger, terminalStream } from './engine/runtime/logging.js';
import { settlesWithin } from './engine/runtime/deadline.js';
import { yieldProcessor } from './embedded/priority.js';
import type { System } from './system.js';
import { startSystem } from './system.js';

/** An error that an operator can act upon is one line with its remedy; anything else is a fault, with its stack. */
const isOperational = (error: unknown): error is Error & { readonly code?: string } =>
  error instanceof Error &&
  (error.name === 'ServerStartError' ||
    error.name === 'DataDirInUseError' ||
    typeof (error as { code?: unknown }).code === 'string');

// Whoever read the output may be gone, such as the other end of a pipe: that ends neither the process nor its servers
// half-way.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

/** How long a process may take to end by itself once everything is stopped. */
const LINGER_MS = 500;
/** Partitions of this process may all be with others: the banner does not wait for ever. */
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
  // Nothing of ours runs any more. What a library still waits for must not keep the process.
  const stopped = (): void => {
    logger.info('stopped');
    setTimeout(() => process.exit(), LINGER_MS).unref();
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    // npm passes a signal on that the terminal sent to us already: a second one means nothing.
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    aborting.abort(new Error(`stopped by ${signal}`));
    // Whatever hangs must not keep the process: what it leaves behind is what a crash would leave, and the next start
    // goes on from there.
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
      'a fault that nothing caught: ending, so that a supervisor starts anew from what is stored',
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
    // Half a start is stopped by itself.
    if (stopping) return stopped();
    if (isOperational(error)) logger.fatal(error.message);
    else logger.fatal({ err: error }, 'could not start');
    process.exitCode = 1;
  }
}

const welcome = ({ url, operationsUrl }: Pick<System, 'url' | 'operationsUrl'>, authMode: string): string => `
Madang is ready.
  GraphQL IDE, HTTP and WebSocket   ${url}/graphql
  Server-sent events                ${url}/graphql/stream
  Health and metrics                ${operationsUrl}/readyz  ${operationsUrl}/metrics
${authMode === 'dev' ? '  Anyone can sign in by handle alone (AUTH_MODE=dev).\n' : ''}`;

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : (error as Error).stack}\n`);
  process.exitCode = 1;
});
