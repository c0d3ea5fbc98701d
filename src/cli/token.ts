import type { Command } from 'commander';
import { handle as handleSchema } from '../commands/text.js';
import { createRegistration } from '../schema/user/registration.js';
import { RegistrationError } from '../schema/user/registration-error.js';
import { createDevTokens } from '../server/identity/dev-tokens.js';
import { newTraceId } from '../engine/domain/trace.js';
import { openPrisma } from '../projections/prisma-client.js';
import { userQueries } from '../projections/user/users/query.js';
import type { Connection } from './connect.js';
import { CliError, MISTYPED, withConnection } from './connect.js';
import { openGateway } from './gateway.js';
import { print, printJson } from './output.js';

export function tokenCommand(program: Command): void {
  program
    .command('token')
    .description('a development token, registering the handle if it is new')
    .argument('<handle>', 'such as mina')
    .option('--role <role>', 'a role for the token: admin')
    .option('--json', 'print JSON')
    .action(async (text: string, options: { readonly role?: string; readonly json?: boolean }) => {
      if (options.role !== undefined && options.role !== 'admin')
        throw new CliError(`--role ${options.role}: the only role is admin`, MISTYPED);
      const handle = handleSchema.safeParse(text);
      if (!handle.success) throw new CliError(`${text}: ${handle.error.issues[0]?.message}`, MISTYPED);
      await withConnection(async (connection) => {
        if (connection.config.auth.mode !== 'dev')
          throw new CliError('AUTH_MODE=jwt: tokens come from the identity provider');
        const user = await register(connection, handle.data);
        const roles = options.role === 'admin' ? (['admin'] as const) : [];
        const token = await createDevTokens(connection.settings.tokenKey).issue({
          userId: user.id,
          handle: user.handle,
          name: user.name,
          roles,
        });
        if (options.json) printJson({ token, user });
        else print(`${token}\n`);
      });
    });
}

async function register(connection: Connection, handle: string) {
  const { commands } = await openGateway(connection);
  try {
    return await createRegistration(commands, userQueries({ prisma: openPrisma(connection.pool) })).signIn(
      handle,
      newTraceId(),
    );
  } catch (error) {
    if (error instanceof RegistrationError)
      throw new CliError(
        `${handle} could not be registered: ${error.message} (are a decider and a projector running?)`,
      );
    throw error;
  }
}
