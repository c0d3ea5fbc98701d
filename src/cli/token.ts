import type { Command } from 'commander';
import { handle as handleSchema } from '../commands/text.js';
import { createCommandGateway } from '../gateway/command-gateway.js';
import { createReadModelProgress } from '../gateway/read-model-progress.js';
import { createReceiptWaiters } from '../gateway/receipt-waiters.js';
import { createRegistration, RegistrationError } from '../gateway/registration.js';
import { createSessionPositions } from '../gateway/session-positions.js';
import { createDevTokens } from '../identity/dev-tokens.js';
import { newTraceId } from '../events/trace.js';
import { createMetrics } from '../platform/metrics.js';
import { openPrisma } from '../platform/postgres/prisma-client.js';
import { userQueries } from '../projections/users/query.js';
import { openLogEngine } from '../wiring/log-engine.js';
import type { Connection } from './connect.js';
import { CliError, withConnection } from './connect.js';
import { print, printJson } from './output.js';

const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 10_000;

export function tokenCommand(program: Command): void {
  program
    .command('token')
    .description('a development token, registering the handle if it is new')
    .argument('<handle>', 'such as mina')
    .option('--role <role>', 'a role for the token: admin')
    .option('--json', 'print JSON')
    .action(async (text: string, options: { readonly role?: string; readonly json?: boolean }) => {
      if (options.role !== undefined && options.role !== 'admin') throw new CliError(`--role ${options.role}: admin is the role that there is`, 2);
      const handle = handleSchema.safeParse(text);
      if (!handle.success) throw new CliError(`${text}: ${handle.error.issues[0]?.message}`, 2);
      await withConnection(async (connection) => {
        if (connection.config.auth.mode !== 'dev') throw new CliError('AUTH_MODE=jwt: tokens come from the identity provider');
        const user = await register(connection, handle.data);
        const roles = options.role === 'admin' ? (['admin'] as const) : [];
        const token = await createDevTokens(connection.settings.tokenKey).issue({ userId: user.id, handle: user.handle, name: user.name, roles });
        if (options.json) printJson({ token, user });
        else print(`${token}\n`);
      });
    });
}

async function register({ config, servers, pool, store, settings, lifecycle, logger }: Connection, handle: string) {
  const { commands: log } = await openLogEngine({ config, servers, pool, partitions: settings.partitions, lifecycle, logger });
  const waiters = createReceiptWaiters({ store, lookEveryMs: LOOK_EVERY_MS, logger });
  lifecycle.onStop('those who wait for outcomes', () => waiters.stop());
  const progress = createReadModelProgress({ models: [], events: store, partitions: settings.partitions, lookEveryMs: LOOK_EVERY_MS, logger });
  lifecycle.onStop('those who wait for read models', () => progress.stop());
  const commands = createCommandGateway({
    log,
    store,
    waiters,
    progress,
    sessions: createSessionPositions(1, PATIENCE_MS),
    patienceMs: PATIENCE_MS,
    logger,
    metrics: createMetrics(),
  });
  try {
    return await createRegistration(commands, userQueries(openPrisma(pool))).signIn(handle, newTraceId());
  } catch (error) {
    if (error instanceof RegistrationError) throw new CliError(`${handle} could not be registered: ${error.message} (are a decider and a projector running?)`);
    throw error;
  }
}
